"""
Image files of every kind that docs/images.md has a row for, written by Pillow and tifffile or byte by byte from the formats'
specifications, never by sharp. Arguments: the folder for them. Prints one JSON list: `file`, `row` (the first cell of the
row in the document), and what is right: `rgb` in the centre, computed here without libvips, `also` at other places
([x, y] from the upper left of the square), or `reason`; `warning` where there is one.
"""

import io
import json
import struct
import sys
import zlib
from pathlib import Path

import numpy as np
import tifffile
from PIL import Image, ImageCms

folder = Path(sys.argv[1])
listed = []
COLOUR = (200, 120, 90)
SIDE = 40


def add(name, row, data, **right):
    (folder / name).write_bytes(data)
    listed.append({"file": name, "row": row, **right})


def flat(colour=COLOUR, dtype=np.uint8, scale=1, side=SIDE):
    return np.tile((np.array(colour) * scale).astype(dtype), (side, side, 1))


def pillow(image, form, **options):
    out = io.BytesIO()
    image.save(out, form, **options)
    return out.getvalue()


def tiff(array, **options):
    out = io.BytesIO()
    tifffile.imwrite(out, array, **options)
    return out.getvalue()


def recompressed(data, number):
    with tifffile.TiffFile(io.BytesIO(data)) as file:
        at = file.pages[0].tags["Compression"].valueoffset
    return data[:at] + struct.pack("<H", number) + data[at + 2 :]


def plain(side=SIDE, colour=COLOUR):
    return Image.new("RGB", (side, side), colour)


def noise(side=200):
    values = np.random.default_rng(0).integers(0, 256, (side // 4, side // 4, 3), dtype=np.uint8)
    return Image.fromarray(values).resize((side, side), Image.BICUBIC)


def smooth(side=200):
    values = np.random.default_rng(0).integers(0, 256, (5, 5, 3), dtype=np.uint8)
    return Image.fromarray(values).resize((side, side), Image.BICUBIC)


def over_white(colour, alpha):
    return [round(c * alpha + 255 * (1 - alpha)) for c in colour]


# Colour, by the definitions of the spaces.
def srgb_light(v):
    v = np.asarray(v, float)
    return np.where(v <= 0.04045, v / 12.92, ((v + 0.055) / 1.055) ** 2.4)


def srgb_code(v):
    v = np.clip(v, 0, 1)
    return np.where(v <= 0.0031308, v * 12.92, 1.055 * v ** (1 / 2.4) - 0.055)


def matrix(red, green, blue, white):
    columns = np.array([[x, y, 1 - x - y] for x, y in (red, green, blue)]).T
    target = np.array([white[0] / white[1], 1, (1 - white[0] - white[1]) / white[1]])
    return columns * np.linalg.solve(columns, target)


D65 = (0.3127, 0.329)
SRGB = matrix((0.64, 0.33), (0.3, 0.6), (0.15, 0.06), D65)
P3 = matrix((0.68, 0.32), (0.265, 0.69), (0.15, 0.06), D65)
BT2020 = matrix((0.708, 0.292), (0.17, 0.797), (0.131, 0.046), D65)


def to_srgb(colour, primaries=SRGB, power=None):
    codes = np.array(colour) / 255
    light = srgb_light(codes) if power is None else codes**power
    return [round(v) for v in 255 * srgb_code(np.linalg.solve(SRGB, primaries @ light))]


# PNG
def chunk(kind, body):
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(*chunks, depth=8, kind=2, pixel=None, after=()):
    sample = ">B" if depth == 8 else ">H"
    values = COLOUR if pixel is None else pixel
    row = b"".join(struct.pack(sample, v if depth == 8 else v * 257) for v in values) * SIDE
    data = zlib.compress(b"".join(b"\0" + row for _ in range(SIDE)))
    parts = [(b"IHDR", struct.pack(">IIBBBBB", SIDE, SIDE, depth, kind, 0, 0, 0)), *chunks, (b"IDAT", data), *after]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(*part) for part in parts) + chunk(b"IEND", b"")


def gama(power):
    return (b"gAMA", struct.pack(">I", round(100_000 / power)))


CHRM_P3 = (b"cHRM", struct.pack(">8I", 31270, 32900, 68000, 32000, 26500, 69000, 15000, 6000))
icc_srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()

for depth in (8, 16):
    add(f"rgb{depth}.png", "PNG, RGB or grey", png(depth=depth), rgb=COLOUR)
    add(f"grey{depth}.png", "PNG, RGB or grey", png(depth=depth, kind=0, pixel=[77]), rgb=[77] * 3)
    alpha = png(depth=depth, kind=6, pixel=[*COLOUR, 128])
    add(f"rgba{depth}.png", "PNG, transparency", alpha, rgb=over_white(COLOUR, 128 / 255))
    grey_alpha = png(depth=depth, kind=4, pixel=[100, 128])
    add(f"grey-alpha{depth}.png", "PNG, transparency", grey_alpha, rgb=over_white([100] * 3, 128 / 255))
    with_icc = png((b"iCCP", b"s\0\0" + zlib.compress(icc_srgb)), depth=depth)
    add(f"icc{depth}.png", "PNG, ICC profile", with_icc, rgb=COLOUR)
    linear = png(gama(1), depth=depth)
    add(f"gama-linear{depth}.png", "PNG, gAMA and cHRM", linear, rgb=to_srgb(COLOUR, power=1))
    p3 = png(gama(2.2), CHRM_P3, depth=depth)
    add(f"chrm-p3-{depth}.png", "PNG, gAMA and cHRM", p3, rgb=to_srgb(COLOUR, P3, 2.2), tolerance=3)
    add(f"cicp-p3-{depth}.png", "PNG, cICP", png((b"cICP", bytes([12, 13, 0, 1])), depth=depth), rgb=to_srgb(COLOUR, P3))
for bits in (1, 2, 4):
    levels = 2**bits - 1
    packed = zlib.compress(b"".join(b"\0" + b"\xff" * (SIDE * bits // 8) for _ in range(SIDE)))
    head = struct.pack(">IIBBBBB", SIDE, SIDE, bits, 0, 0, 0, 0)
    data = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", packed) + chunk(b"IEND", b"")
    add(f"grey{bits}.png", "PNG, RGB or grey", data, rgb=[255] * 3)
add("palette.png", "PNG, palette", pillow(plain().quantize(4), "PNG"), rgb=COLOUR)
add("trns.png", "PNG, transparency", png((b"tRNS", struct.pack(">HHH", *COLOUR))), rgb=[255] * 3)
add("gama-srgb.png", "PNG, gAMA and cHRM", png(gama(2.2)), rgb=COLOUR)
add("gama-mac.png", "PNG, gAMA and cHRM", png(gama(1.8)), rgb=to_srgb(COLOUR, power=1.8))
add("gama-grey.png", "PNG, gAMA and cHRM", png(gama(1), kind=0, pixel=[77]), rgb=to_srgb([77] * 3, power=1))
add("gama-zero.png", "PNG, gAMA and cHRM", png((b"gAMA", bytes(4))), rgb=COLOUR)
add("srgb-over-gama.png", "PNG, sRGB", png(gama(1), (b"sRGB", b"\0")), rgb=COLOUR)
add("icc-over-gama.png", "PNG, ICC profile", png(gama(1), (b"iCCP", b"s\0\0" + zlib.compress(icc_srgb))), rgb=COLOUR)
add("cicp-srgb.png", "PNG, cICP", png((b"cICP", bytes([1, 13, 0, 1])), gama(1)), rgb=COLOUR)
add("cicp-2020.png", "PNG, cICP", png((b"cICP", bytes([9, 13, 0, 1]))), rgb=to_srgb(COLOUR, BT2020), tolerance=3)
add("cicp-pq.png", "PNG, cICP", png((b"cICP", bytes([9, 16, 0, 1]))), reason="colour-space")
add("cicp-hlg.png", "PNG, cICP", png((b"cICP", bytes([9, 18, 0, 1]))), reason="colour-space")
frames = [plain(), plain(colour=(0, 0, 255))]
add("animated.png", "PNG, animation", pillow(frames[0], "PNG", save_all=True, append_images=frames[1:]), rgb=COLOUR)
broken_text = bytearray(png((b"tEXt", b"a\0b")))
broken_text[broken_text.index(b"tEXt") + 7] ^= 1
add("text-checksum.png", "PNG, damage", bytes(broken_text), rgb=COLOUR)
broken_pixels = bytearray(png())
broken_pixels[broken_pixels.index(b"IDAT") + 12] ^= 1
add("pixel-checksum.png", "PNG, damage", bytes(broken_pixels), reason="corrupt")
add("cut.png", "PNG, damage", pillow(noise(), "PNG")[:-500], reason="truncated")

# TIFF
add("rgb8.tif", "TIFF, RGB or grey", tiff(flat(), photometric="rgb"), rgb=COLOUR)
add("rgb16.tif", "TIFF, RGB or grey", tiff(flat(dtype=np.uint16, scale=257), photometric="rgb"), rgb=COLOUR)
add("rgb-big-endian.tif", "TIFF, RGB or grey", tiff(flat(dtype=np.uint16, scale=257), photometric="rgb", byteorder=">"), rgb=COLOUR)
add("big.tif", "TIFF, RGB or grey", tiff(flat(), photometric="rgb", bigtiff=True), rgb=COLOUR)
add("planes.tif", "TIFF, RGB or grey", tiff(np.moveaxis(flat(), 2, 0), photometric="rgb", planarconfig="separate"), rgb=COLOUR)
add("tiles.tif", "TIFF, RGB or grey", tiff(flat(), photometric="rgb", tile=(16, 16)), rgb=COLOUR)
for name, compression in (("lzw", "tiff_lzw"), ("deflate", "tiff_deflate"), ("packbits", "packbits"), ("jpeg", "jpeg")):
    add(f"{name}.tif", "TIFF, RGB or grey", pillow(plain(), "TIFF", compression=compression), rgb=COLOUR, tolerance=3)
for name, white in (("minisblack", 77), ("miniswhite", 255 - 77)):
    for dtype, scale in ((np.uint8, 1), (np.uint16, 257)):
        grey = np.full((SIDE, SIDE), white * scale, dtype)
        add(f"{name}-{np.dtype(dtype).name}.tif", "TIFF, RGB or grey", tiff(grey, photometric=name), rgb=[77] * 3)
add("bilevel.tif", "TIFF, RGB or grey", pillow(Image.new("1", (SIDE, SIDE), 1), "TIFF", compression="group4"), rgb=[255] * 3)
colours = np.zeros((3, 256), np.uint16)
colours[:, 7] = np.array(COLOUR) * 257
add("palette.tif", "TIFF, palette", tiff(np.full((SIDE, SIDE), 7, np.uint8), photometric="palette", colormap=colours), rgb=COLOUR)
for name, dtype, scale in (("8", np.uint8, 1), ("16", np.uint16, 257)):
    with_icc = tiff(flat(dtype=dtype, scale=scale), photometric="rgb", iccprofile=icc_srgb)
    add(f"icc{name}.tif", "TIFF, ICC profile", with_icc, rgb=COLOUR)
four = np.dstack([flat(), np.full((SIDE, SIDE), 128, np.uint8)])
add("alpha.tif", "TIFF, alpha", tiff(four, photometric="rgb", extrasamples=["unassalpha"]), rgb=over_white(COLOUR, 128 / 255))
premultiplied = four.copy()
premultiplied[..., :3] = (four[..., :3] * (128 / 255)).round()
add("premultiplied.tif", "TIFF, alpha", tiff(premultiplied, photometric="rgb", extrasamples=["assocalpha"]), rgb=over_white(COLOUR, 128 / 255))
add("nir.tif", "TIFF, other channels", tiff(four, photometric="rgb", extrasamples=["unspecified"]), reason="channels")
five = np.dstack([four, np.full((SIDE, SIDE), 30, np.uint8)])
add("five.tif", "TIFF, other channels", tiff(five, photometric="rgb", extrasamples=["unassalpha", "unspecified"]), reason="channels")
two = np.dstack([np.full((SIDE, SIDE), 100, np.uint8), np.full((SIDE, SIDE), 128, np.uint8)])
add("grey-extra.tif", "TIFF, other channels", tiff(two, photometric="minisblack", extrasamples=["unspecified"], planarconfig="contig"), reason="channels")
add("grey-alpha.tif", "TIFF, alpha", tiff(two, photometric="minisblack", extrasamples=["unassalpha"], planarconfig="contig"), rgb=over_white([100] * 3, 128 / 255))
inks = np.tile(np.array([50, 100, 150, 20], np.uint8), (SIDE, SIDE, 1))
# By the profile of libvips for inks without one; any sane rendering is near the plain formula.
naive = [round(255 * (1 - c / 255) * (1 - 20 / 255)) for c in (50, 100, 150)]
add("cmyk.tif", "TIFF, CMYK", tiff(inks, photometric="separated"), rgb=naive, tolerance=12)
add("cmyk16.tif", "TIFF, CMYK", tiff(inks.astype(np.uint16) * 257, photometric="separated"), rgb=naive, tolerance=12)
samples = "TIFF, other samples"
add("float-grey.tif", samples, tiff(np.full((SIDE, SIDE), 0.5, np.float32), photometric="minisblack"), reason="sample-format")
add("float-rgb.tif", samples, tiff(flat(dtype=np.float32, scale=1 / 255), photometric="rgb"), reason="sample-format")
add("float64.tif", samples, tiff(flat(dtype=np.float64, scale=1 / 255), photometric="rgb"), reason="sample-format")
add("float16.tif", samples, tiff(flat(dtype=np.float16, scale=1 / 255), photometric="rgb"), reason="sample-format")
add("int32.tif", samples, pillow(Image.new("I", (SIDE, SIDE), 30_000), "TIFF"), reason="sample-format")
add("uint32.tif", samples, tiff(flat(dtype=np.uint32, scale=16_843_009), photometric="rgb"), reason="sample-format")
add("int16.tif", samples, tiff(flat(dtype=np.int16, scale=100), photometric="rgb"), reason="sample-format")
add("int8.tif", samples, tiff(flat((20, 30, 40), dtype=np.int8), photometric="rgb"), reason="sample-format")
add("complex.tif", samples, tiff(np.full((SIDE, SIDE), 0.5, np.complex64), photometric="minisblack"), reason="sample-format")
add("zstd.tif", "TIFF, other compressions", recompressed(tiff(flat(), photometric="rgb"), 50_000), reason="compression")
add("lab.tif", "TIFF, other colour models", pillow(Image.new("LAB", (SIDE, SIDE), (180, 20, 30)), "TIFF"), reason="colour-space")


def without_model(data):
    """Gives the tag of the colour model a number that means nothing."""
    with tifffile.TiffFile(io.BytesIO(data)) as file:
        at = file.pages[0].tags["PhotometricInterpretation"].offset
    return data[:at] + struct.pack("<H", 65_000) + data[at + 2 :]


def reordered(data, swap):
    """With two entries of the directory in each other's place."""
    at = struct.unpack("<I", data[4:8])[0]
    first = at + 2 + 12 * swap
    return data[:first] + data[first + 12 : first + 24] + data[first : first + 12] + data[first + 24 :]


add("no-model.tif", "TIFF, other colour models", without_model(tiff(four, photometric="rgb", extrasamples=["unspecified"])), reason="colour-space")
add("unsorted.tif", "TIFF, warnings", reordered(pillow(plain(), "TIFF"), 0), rgb=COLOUR, warning="tiff-tags")
add("cfa.tif", "TIFF, camera raw", tiff(np.full((SIDE, SIDE), 100, np.uint16), photometric=32803, extratags=[(33421, "H", 2, (2, 2), True)]), reason="camera-raw")
with_dng = tiff(flat(), photometric="rgb", extratags=[(50706, "B", 4, (1, 4, 0, 0), True)])
add("dng.tif", "TIFF, camera raw", with_dng, reason="camera-raw")


def pages(*images):
    out = io.BytesIO()
    with tifffile.TiffWriter(out) as writer:
        for array, options in images:
            writer.write(array, photometric="rgb", **options)
    return out.getvalue()


small = flat((1, 2, 3), side=20)
add("reduced-first.tif", "TIFF, pages", pages((small, {"subfiletype": 1}), (flat(), {})), rgb=COLOUR)
add("pages.tif", "TIFF, pages", pages((flat(), {}), (flat((1, 2, 3)), {})), rgb=COLOUR)
add("pyramid.tif", "TIFF, pages", pages((flat(), {}), (small, {"subfiletype": 1})), rgb=COLOUR)
add("smaller-first.tif", "TIFF, pages", pages((small, {}), (flat(), {})), reason="page")
add("reduced-only.tif", "TIFF, pages", pages((small, {"subfiletype": 1})), reason="page")
deflated = bytearray(pillow(noise(), "TIFF", compression="tiff_deflate"))
middle = len(deflated) // 2
deflated[middle : middle + 2000] = bytes(2000)
add("hole.tif", "TIFF, damage", bytes(deflated), reason="truncated")
add("cut.tif", "TIFF, damage", tiff(np.asarray(noise()), photometric="rgb")[:-30_000], reason="truncated")

# GIF
def gif(frame, canvas, colour=(255, 0, 0), transparent=None):
    left, top, width, height = frame
    palette = bytes(colour) + bytes([0, 0, 255])
    whole = pillow(Image.new("P", (width, height), 0), "GIF")
    begin = 13 + 3 * 2 ** ((whole[10] & 7) + 1)
    while whole[begin] == 0x21:
        begin += 2
        while whole[begin] != 0:
            begin += whole[begin] + 1
        begin += 1
    flags = whole[begin + 9]
    compressed = whole[begin + 10 + (3 * 2 ** ((flags & 7) + 1) if flags & 0x80 else 0) :]
    control = b"" if transparent is None else b"\x21\xf9\x04\x01\0\0" + bytes([transparent]) + b"\0"
    head = b"GIF89a" + struct.pack("<HHBBB", *canvas, 0x80, 0, 0) + palette
    return head + control + b"\x2c" + struct.pack("<HHHHB", left, top, width, height, 0) + compressed


add("whole.gif", "GIF", gif((0, 0, 300, 300), (300, 300)), rgb=[255, 0, 0])
add("corner.gif", "GIF, first frame smaller than the canvas", gif((200, 200, 100, 100), (300, 300)), rgb=[255] * 3, also=[{"at": [245, 245], "rgb": [255, 0, 0]}])
add("centre.gif", "GIF, first frame smaller than the canvas", gif((100, 100, 100, 100), (300, 300)), rgb=[255, 0, 0], also=[{"at": [5, 5], "rgb": [255] * 3}])
add("see-through.gif", "GIF, transparency", gif((0, 0, 300, 300), (300, 300), transparent=0), rgb=[255] * 3)
add("animated.gif", "GIF", pillow(frames[0].quantize(4), "GIF", save_all=True, append_images=[frames[1].quantize(4)]), rgb=COLOUR)

# WebP
add("lossless.webp", "WebP", pillow(plain(), "WEBP", lossless=True), rgb=COLOUR)
add("lossy.webp", "WebP", pillow(plain(), "WEBP", quality=95), rgb=COLOUR, tolerance=4)
add("alpha.webp", "WebP", pillow(Image.new("RGBA", (SIDE, SIDE), (*COLOUR, 128)), "WEBP", lossless=True), rgb=over_white(COLOUR, 128 / 255))
add("icc.webp", "WebP", pillow(plain(), "WEBP", lossless=True, icc_profile=icc_srgb), rgb=COLOUR)
add("animated.webp", "WebP", pillow(frames[0], "WEBP", save_all=True, append_images=frames[1:], lossless=True), rgb=COLOUR)
holed = bytearray(pillow(noise(), "WEBP", quality=100))
middle = len(holed) // 2
holed[middle : middle + 1000] = bytes(1000)
add("hole.webp", "WebP", bytes(holed), reason="truncated")

# AVIF
def avif(codes=None, **options):
    data = bytearray(pillow(plain(), "AVIF", quality=100, **options))
    if codes is not None:
        at = data.index(b"colrnclx") + 8
        data[at : at + 4] = struct.pack(">HH", *codes)
    return bytes(data)


add("still.avif", "AVIF", avif(), rgb=COLOUR, tolerance=3)
add("animated.avif", "AVIF, animation", pillow(frames[0], "AVIF", save_all=True, append_images=frames[1:], quality=100), rgb=COLOUR, tolerance=3)
add("icc.avif", "AVIF", avif(icc_profile=icc_srgb), rgb=COLOUR, tolerance=3)
add("p3.avif", "AVIF, nclx", avif((12, 13)), rgb=to_srgb(COLOUR, P3), tolerance=4)
add("linear.avif", "AVIF, nclx", avif((1, 8)), rgb=to_srgb(COLOUR, power=1), tolerance=4)
add("pq.avif", "AVIF, nclx", avif((9, 16)), reason="colour-space")

# JPEG
def jpeg(image, **options):
    return pillow(image, "JPEG", quality=95, **options)


whole = jpeg(smooth())
scan = whole.index(b"\xff\xda")
centre = [int(v) for v in np.asarray(smooth().resize((256, 256), Image.BICUBIC))[128, 128]]
add("plain.jpg", "JPEG, YCbCr, RGB or grey", jpeg(plain()), rgb=COLOUR, tolerance=3)
add("progressive.jpg", "JPEG, YCbCr, RGB or grey", jpeg(plain(), progressive=True), rgb=COLOUR, tolerance=3)
add("grey.jpg", "JPEG, YCbCr, RGB or grey", jpeg(Image.new("L", (SIDE, SIDE), 77)), rgb=[77] * 3, tolerance=2)
add("rgb.jpg", "JPEG, YCbCr, RGB or grey", jpeg(plain(), keep_rgb=True), rgb=COLOUR, tolerance=3)
add("icc.jpg", "JPEG, ICC profile", jpeg(plain(), icc_profile=icc_srgb), rgb=COLOUR, tolerance=3)
cmyk = jpeg(Image.fromarray(inks, "CMYK"))
add("adobe.jpg", "JPEG, CMYK", cmyk, rgb=naive, tolerance=12)
app14 = cmyk.index(b"\xff\xee")
length = struct.unpack(">H", cmyk[app14 + 2 : app14 + 4])[0]
add("no-adobe.jpg", "JPEG, CMYK", cmyk[:app14] + cmyk[app14 + 2 + length :], reason="colour-space")
warned = {"row": "JPEG, warnings", "rgb": centre, "tolerance": 6, "warning": "jpeg-markers"}


def warn(name, data):
    add(name, warned["row"], data, **{key: value for key, value in warned.items() if key != "row"})


head = bytearray(whole)
head[scan + 4 + 1 + 2 * whole[scan + 4] + 1] = 0
warn("scan-header.jpg", bytes(head))
head = bytearray(whole)
head[whole.index(b"JFIF") + 5] = 9
warn("jfif.jpg", bytes(head))
warn("stray.jpg", whole[:scan] + bytes(5) + whole[scan:])
warn("padded.jpg", whole[:-2] + bytes(100) + b"\xff\xd9")
warn("no-end.jpg", whole[:-2])
add("trailing.jpg", "JPEG, warnings", whole + b"junk" * 50, rgb=centre, tolerance=6)
whole = jpeg(noise())
half = len(whole) // 2
add("cut.jpg", "JPEG, damage", whole[:half], reason="truncated")
add("almost-cut.jpg", "JPEG, damage", whole[:-20], reason="truncated")
add("zero-filled.jpg", "JPEG, damage", whole[:half] + bytes(len(whole) - half), reason="truncated")
add("zero-filled-to-end.jpg", "JPEG, damage", whole[:half] + bytes(len(whole) - half - 2) + b"\xff\xd9", reason="truncated")
add("hole.jpg", "JPEG, damage", whole[:half] + bytes(1000) + whole[half + 1000 :], reason="truncated")
progressive = jpeg(noise(), progressive=True)
second = progressive.index(b"\xff\xda", progressive.index(b"\xff\xda") + 2)
add("first-scan.jpg", "JPEG, damage", progressive[:second], reason="truncated")
add("first-scan-ended.jpg", "JPEG, damage", progressive[:second] + b"\xff\xd9", reason="truncated")
add("white.jpg", "JPEG, YCbCr, RGB or grey", jpeg(Image.new("RGB", (800, 800), (255, 255, 255)), optimize=True), rgb=[255] * 3)
add("white-progressive.jpg", "JPEG, YCbCr, RGB or grey", jpeg(Image.new("RGB", (800, 800), (255, 255, 255)), progressive=True), rgb=[255] * 3)

# Orientation, all eight: red above blue as stored.
upright = Image.new("RGB", (SIDE, SIDE), (255, 0, 0))
upright.paste((0, 0, 255), (0, SIDE // 2, SIDE, SIDE))
RED_SIDE = {1: "top", 2: "top", 3: "bottom", 4: "bottom", 5: "left", 6: "right", 7: "right", 8: "left"}
PLACE = {"top": [128, 10], "bottom": [128, 245], "left": [10, 128], "right": [245, 128]}
OTHER = {"top": "bottom", "bottom": "top", "left": "right", "right": "left"}
for value, side in RED_SIDE.items():
    exif = Image.Exif()
    exif[0x0112] = value
    also = [{"at": PLACE[side], "rgb": [255, 0, 0]}, {"at": PLACE[OTHER[side]], "rgb": [0, 0, 255]}]
    for name, data in (
        ("jpg", jpeg(upright, exif=exif, subsampling=0)),
        ("png", pillow(upright, "PNG", exif=exif)),
        ("webp", pillow(upright, "WEBP", lossless=True, exif=exif)),
        ("tif", tiff(np.asarray(upright), photometric="rgb", extratags=[(274, "H", 1, value, True)])),
    ):
        add(f"turned-{value}.{name}", "Orientation", data, also=also, tolerance=4)

print(json.dumps(listed))
