import sharp from 'sharp';

// libvips would keep the last results for a repeat that never comes: every image is decoded once.
sharp.cache(false);
// One libvips thread an image. An image of this size gains little from more, and jobs decode several at once:
// libuv's thread pool (UV_THREADPOOL_SIZE, 4 unless set) says how many.
sharp.concurrency(1);

export { sharp };
