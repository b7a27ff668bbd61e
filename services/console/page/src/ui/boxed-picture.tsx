interface Box {
  top: number;
  left: number;
  height: number;
  width: number;
}

interface BoxedPictureProps {
  src: string;
  alt: string;
  /** Of the image, in the pixels of the box. */
  side: number;
  box: Box | null;
}

/** A square image with a box over it. */
export function BoxedPicture({ src, alt, side, box }: BoxedPictureProps) {
  const share = (pixels: number): string => `${(100 * pixels) / side}%`;
  return (
    <span class="picture">
      <img src={src} alt={alt} loading="lazy" width={side} height={side} />
      {box !== null && (
        <span
          class="box"
          style={{
            top: share(box.top),
            left: share(box.left),
            width: share(box.width),
            height: share(box.height),
          }}
        />
      )}
    </span>
  );
}
