"""Draws the sample library: run with Pillow at hand, `python3 draw.py`.

Everything in this folder but the documents comes from here, so nothing in it
belongs to anybody else. The drawings are small on purpose: they are part of
the program.
"""

import math
import random
from pathlib import Path

from PIL import Image, ImageDraw, PngImagePlugin

HERE = Path(__file__).parent
SIZE = (192, 144)
SKY, DUSK, GRASS, WOOD, GREY, DARK = "#bfe0f5", "#f3a35c", "#7fae57", "#7b5a3a", "#9a9a9a", "#333333"


def scene(sky=SKY, ground=GRASS):
    image = Image.new("RGB", SIZE, sky)
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 108, 192, 144), fill=ground)
    return image, draw


def pole(draw, x=96, top=20, lean=0.0, wood=WOOD, arm=True):
    foot, head = (x, 118), (x + lean * 98, top)
    draw.line((foot, head), fill=wood, width=7)
    if arm:
        hx, hy = head
        draw.line((hx - 30, hy + 12, hx + 30, hy + 12 + lean * 18), fill=wood, width=5)
        for dx in (-26, 0, 26):
            draw.ellipse((hx + dx - 4, hy + 3, hx + dx + 4, hy + 11), fill="#6f8fa8")
    return head


def wires(draw, y=30):
    for dy in (0, 6):
        draw.arc((-60, y - 40 + dy, 252, y + 10 + dy), 20, 160, fill=DARK)


def crack(draw, x, y, length=30, seed=1):
    rng = random.Random(seed)
    points = [(x, y)]
    for step in range(6):
        points.append((x + rng.randint(-4, 4), y + (step + 1) * length / 6))
    draw.line(points, fill="#1c0f05", width=2)


def insulator(draw, cracked=False, burnt=False):
    for i in range(5):
        y = 24 + i * 20
        draw.ellipse((56, y, 136, y + 18), fill="#4a4a4a" if burnt and i > 2 else "#9fb8c9", outline=DARK)
    draw.rectangle((92, 10, 100, 134), fill=GREY)
    if cracked:
        crack(draw, 76, 50, 60, 3)
        crack(draw, 120, 80, 40, 4)


def tree(draw, x, height=70, colour="#3f7a34"):
    draw.rectangle((x - 4, 118 - height // 2, x + 4, 118), fill="#5b4126")
    for i in range(3):
        r = height // 3
        draw.ellipse((x - r, 118 - height + i * 12 - r // 2, x + r, 118 - height + i * 12 + r), fill=colour)


def cat(draw, colour, x=96):
    draw.ellipse((x - 36, 70, x + 36, 124), fill=colour)
    draw.ellipse((x - 22, 36, x + 22, 80), fill=colour)
    for side in (-1, 1):
        draw.polygon(((x + side * 20, 46), (x + side * 18, 24), (x + side * 4, 38)), fill=colour)
        draw.ellipse((x + side * 10 - 4, 52, x + side * 10 + 4, 60), fill="#d8e26b")
    draw.arc((x + 20, 80, x + 66, 130), 270, 90, fill=colour, width=7)


def sunset(draw, x, over_water=False):
    for i in range(6):
        draw.rectangle((0, i * 18, 192, i * 18 + 18), fill=(250 - i * 6, 120 + i * 18, 70 + i * 6))
    draw.ellipse((x - 20, 84, x + 20, 124), fill="#ffe28a")
    draw.rectangle((0, 108, 192, 144), fill="#36598a" if over_water else "#4d4a33")


def make():
    def damaged_top(image, draw):
        hx, hy = pole(draw)
        draw.polygon(((hx - 8, hy - 4), (hx, hy + 14), (hx + 8, hy - 6), (hx + 2, hy + 6)), fill=SKY)
        wires(draw)

    def split(image, draw):
        pole(draw)
        crack(draw, 96, 46, 60, 2)

    def broken(image, draw):
        draw.line((96, 118, 96, 70), fill=WOOD, width=7)
        draw.line((96, 70, 150, 92), fill=WOOD, width=7)
        draw.polygon(((90, 72), (96, 60), (102, 72)), fill="#c49a6c")

    def crossarm(image, draw):
        pole(draw, arm=False)
        draw.line((66, 32, 96, 32), fill=WOOD, width=5)
        draw.line((97, 34, 122, 58), fill=WOOD, width=5)
        wires(draw)

    def burnt(image, draw):
        pole(draw, wood="#2b2320")
        draw.ellipse((84, 60, 108, 90), fill="#0d0b0a")

    def rotten(image, draw):
        pole(draw)
        draw.polygon(((90, 118), (93, 96), (99, 102), (103, 118)), fill="#3b2c1a")

    def birds(image, draw):
        pole(draw)
        wires(draw)
        for x in (30, 52, 140, 160):
            draw.ellipse((x, 26, x + 9, 33), fill=DARK)

    def row(image, draw):
        for i, x in enumerate((30, 80, 124, 160)):
            pole(draw, x, 20 + i * 12)

    def nest(image, draw):
        hx, hy = pole(draw)
        draw.arc((hx - 22, hy - 18, hx + 22, hy + 14), 0, 180, fill="#5a4020", width=8)

    def meadow(image, draw):
        rng = random.Random(5)
        for _ in range(60):
            x, y = rng.randint(0, 190), rng.randint(110, 142)
            draw.ellipse((x, y, x + 3, y + 3), fill=rng.choice(("#e8d34a", "#d96fa0", "white")))

    def overgrown(image, draw):
        pole(draw)
        for x in (72, 92, 116):
            tree(draw, x, 80, "#35702c")

    def branch(image, draw):
        wires(draw, 40)
        tree(draw, 36, 90)
        draw.line((36, 50, 150, 34), fill="#5b4126", width=5)

    def transformer(image, draw, rust=False):
        pole(draw, 70)
        draw.rectangle((84, 44, 124, 90), fill="#a8adb0", outline=DARK)
        if rust:
            for x, y in ((88, 50), (104, 70), (112, 56)):
                draw.ellipse((x, y, x + 12, y + 14), fill="#a3542a")

    def sleeping(image, draw):
        draw.ellipse((50, 84, 146, 126), fill="#d9893f")
        draw.ellipse((44, 78, 84, 112), fill="#d9893f")
        draw.line((52, 94, 60, 94), fill=DARK, width=2)

    both = lambda *steps: lambda image, draw: [step(draw) for step in steps]
    return [
        ("poles/pole-01-damaged-top.png", "Damaged utility pole: the top is splintered and the wires sag.", damaged_top, {}),
        ("poles/pole-02-split.png", "Damaged wooden pole with a long vertical crack down the middle.", split, {}),
        ("poles/pole-03-broken.jpg", "Broken utility pole, snapped half way up; the upper part hangs down.", broken, {}),
        ("poles/pole-04-leaning.png", "Leaning pole, tilted about fifteen degrees towards the road.",
         both(lambda d: pole(d, 84, 24, 0.27), wires), {}),
        ("poles/pole-05-broken-crossarm.png", "Utility pole with a damaged crossarm; one half hangs from a bolt.", crossarm, {}),
        ("poles/pole-06-burnt.jpg", "Burnt utility pole after a lightning strike, charred over its whole length.", burnt, {}),
        ("poles/pole-07-rotten-foot.png", "Wooden pole with rot at the foot; the wood is soft and dark.", rotten, {}),
        ("poles/pole-08-healthy.png", "Healthy utility pole, straight, with sound wood and clean insulators.",
         both(lambda d: pole(d), wires), {}),
        ("poles/pole-09-healthy-row.png", "A row of healthy poles along a country road.", row, {}),
        ("poles/pole-10-birds.gif", "Healthy pole with birds resting on the wires.", birds, {}),
        ("poles/pole-11-nest.png", "Utility pole with a stork's nest on its top.", nest, {}),
        ("insulators/insulator-01-cracked.png", "Cracked insulator: two cracks run through the porcelain discs.",
         both(lambda d: insulator(d, cracked=True)), {}),
        ("insulators/insulator-02-flashover.jpg", "Insulator with burn marks of a flashover on the lower discs.",
         both(lambda d: insulator(d, burnt=True)), {}),
        ("insulators/insulator-03-intact.png", "Intact insulator string of five clean discs.", both(insulator), {}),
        ("equipment/transformer-01-rusty.png", "Rusty transformer on a pole; the tank shows corrosion.",
         lambda i, d: transformer(i, d, True), {}),
        ("equipment/transformer-02-new.webp", "New transformer mounted on a pole.", transformer, {}),
        ("vegetation/vegetation-01-overgrown-pole.png", "Vegetation has overgrown a pole up to the crossarm.", overgrown, {}),
        ("vegetation/vegetation-02-branch-on-line.jpg", "A tree branch touches the power line after a storm.", branch, {}),
        ("vegetation/vegetation-03-meadow.png", "Meadow with wild flowers beside the line, well kept.", meadow, {}),
        ("landscape/sunset-01-hills.jpg", "Sunset over dark hills under an orange sky.",
         both(lambda d: sunset(d, 60)), {"dusk": True}),
        ("landscape/sunset-02-sea.png", "Sunset at the sea, the sun touches the water.",
         both(lambda d: sunset(d, 130, True)), {"dusk": True}),
        ("animals/cat-01-black.png", "Black cat sitting in the grass.", both(lambda d: cat(d, "#1f1f24")), {}),
        ("animals/cat-02-ginger.jpg", "Ginger cat looking at the camera.", both(lambda d: cat(d, "#d9893f", 90)), {}),
        ("animals/cat-03-sleeping.png", None, sleeping, {"text": "Ginger cat asleep on a warm wall."}),
    ]


for path, caption, paint, options in make():
    target = HERE / path
    target.parent.mkdir(parents=True, exist_ok=True)
    image, draw = scene()
    paint(image, draw)
    if target.suffix == ".png":
        information = PngImagePlugin.PngInfo()
        if "text" in options:
            information.add_text("Description", options["text"])
        image.quantize(24).save(target, optimize=True, pnginfo=information)
    elif target.suffix == ".gif":
        image.quantize(24).save(target)
    elif target.suffix == ".jpg":
        exif = Image.Exif()
        exif[0x010F], exif[0x0110] = "Drawn", "Sample"
        exif[0x0132] = f"2024:0{1 + len(path) % 9}:1{len(path) % 10} 12:00:00"
        image.save(target, quality=55, optimize=True, exif=exif)
    else:
        image.save(target, quality=50)
    if caption:
        target.with_suffix(".txt").write_text(caption + "\n", encoding="utf-8")
