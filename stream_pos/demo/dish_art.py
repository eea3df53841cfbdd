"""Draw dishes for the demo menus: no third-party photos, no dead links."""

import random
from collections.abc import Callable
from hashlib import sha256
from io import BytesIO
from math import cos, pi, sin

from PIL import Image, ImageDraw, ImageFilter

_WIDTH, _HEIGHT = 1280, 960
_SCALE = 3  # Drawn larger and scaled down for smooth edges.
_MIDDLE = (_WIDTH // 2, _HEIGHT // 2)
Color = tuple[int, int, int]
_TABLES: list[Color] = [(233, 221, 204), (214, 226, 224), (226, 216, 228), (222, 229, 211)]
_WHITE: Color = (250, 249, 246)
_GOLDEN: Color = (216, 160, 92)
_BROWN: Color = (122, 74, 44)
_FOODS: list[Color] = [
    (201, 84, 60), (112, 156, 74), (232, 184, 88), (170, 104, 62), (226, 128, 92), (88, 128, 72),
    (240, 214, 160), (150, 60, 72),
]  # fmt: skip
_DRINKS: list[Color] = [
    (196, 132, 60), (236, 190, 92), (168, 52, 60), (226, 120, 84), (206, 220, 190), (120, 74, 46),
]  # fmt: skip


class Sketch:
    """A table seen from above; the same name always gives the same picture."""

    def __init__(self, name: str) -> None:
        self.chance = random.Random(sha256(name.encode()).digest())  # noqa: S311  # No secret.
        self.image = Image.new("RGB", (_WIDTH, _HEIGHT), self.chance.choice(_TABLES))
        self.pen = ImageDraw.Draw(self.image)

    def shadow(self, box: tuple[int, int, int, int], *, is_round: bool = True) -> None:
        """Draw a soft shadow, slightly to the lower right."""
        left, top, right, bottom = box
        mask = Image.new("L", self.image.size)
        draw = ImageDraw.Draw(mask).ellipse if is_round else ImageDraw.Draw(mask).rectangle
        draw((left + 16, top + 24, right + 16, bottom + 24), fill=90)
        mask = mask.filter(ImageFilter.BoxBlur(16))
        self.image.paste((60, 44, 34), mask=mask)

    def disk(self, radius: int, color: Color, at: tuple[int, int] = _MIDDLE) -> None:
        x, y = at
        self.pen.ellipse((x - radius, y - radius, x + radius, y + radius), fill=color)

    def plate(self, radius: int = 400) -> None:
        x, y = _MIDDLE
        self.shadow((x - radius, y - radius, x + radius, y + radius))
        self.disk(radius, _WHITE)
        self.disk(radius - 50, (240, 238, 233))

    def scatter(self, count: int, radius: int, sizes: tuple[int, int], colors: list[Color]) -> None:
        """Scatter pieces within a circle around the middle."""
        for _ in range(count):
            reach = int(radius * self.chance.random() ** 0.5)
            x, y = self._on_circle(reach)
            self.disk(self.chance.randint(*sizes), _shade(self.chance.choice(colors), self), (x, y))

    def _on_circle(self, reach: int) -> tuple[int, int]:
        angle = self.chance.uniform(0, 2 * pi)
        return _MIDDLE[0] + int(reach * cos(angle)), _MIDDLE[1] + int(reach * sin(angle))

    def jpeg(self) -> bytes:
        small = self.image.reduce(_SCALE)
        output = BytesIO()
        small.save(output, format="JPEG", quality=90)
        return output.getvalue()


def _shade(color: Color, sketch: Sketch) -> Color:
    change = sketch.chance.randint(-14, 14)
    red, green, blue = (max(0, min(255, part + change)) for part in color)
    return red, green, blue


def _dish(sketch: Sketch) -> None:
    sketch.plate()
    colors = sketch.chance.sample(_FOODS, 3)
    sketch.disk(240, _shade(colors[0], sketch))
    sketch.scatter(46, 230, (24, 54), colors)
    sketch.scatter(16, 240, (8, 14), [(112, 156, 74)])


def _bowl(sketch: Sketch) -> None:
    sketch.plate(380)
    sketch.disk(370, _shade((96, 110, 120), sketch))
    sketch.disk(330, _shade((236, 226, 205), sketch))
    sketch.scatter(80, 290, (26, 56), sketch.chance.sample(_FOODS, 5))


def _pizza(sketch: Sketch) -> None:
    sketch.plate(430)
    sketch.disk(390, _GOLDEN)
    sketch.disk(350, _shade((205, 78, 52), sketch))
    sketch.scatter(60, 320, (30, 60), [(244, 218, 150), (238, 205, 130)])
    sketch.scatter(26, 310, (20, 40), sketch.chance.sample(_FOODS, 2))


def _burger(sketch: Sketch) -> None:
    left, right, top = 380, _WIDTH - 380, 210
    sketch.shadow((left - 60, top + 420, right + 60, top + 560))
    sketch.pen.rounded_rectangle((left - 120, 720, right + 120, 770), 24, fill=(150, 108, 74))
    layers: list[tuple[int, Color, int]] = [
        (560, _GOLDEN, 0), (490, _BROWN, 14), (440, _shade((196, 60, 48), sketch), 0),
        (400, (240, 190, 80), 24), (350, (112, 160, 72), 34),
    ]  # fmt: skip
    for y, color, wider in layers:
        sketch.pen.rounded_rectangle((left - wider, y, right + wider, y + 120), 46, fill=color)
    sketch.pen.pieslice((left - 10, top - 60, right + 10, 560), 180, 360, fill=_GOLDEN)
    for _ in range(22):
        x, y = sketch.chance.randint(left + 70, right - 70), sketch.chance.randint(220, 300)
        sketch.pen.ellipse((x, y, x + 18, y + 10), fill=(250, 236, 200))


def _tacos(sketch: Sketch) -> None:
    sketch.plate(430)
    filling = sketch.chance.sample(_FOODS, 4)
    for x in (400, 640, 880):
        for _ in range(24):
            point = (x + sketch.chance.randint(10, 60), sketch.chance.randint(310, 650))
            sketch.disk(sketch.chance.randint(22, 38), sketch.chance.choice(filling), point)
        sketch.pen.chord((x - 110, 230, x + 190, 730), 90, 270, fill=(238, 204, 138))


def _drink(sketch: Sketch) -> None:
    color = sketch.chance.choice(_DRINKS)
    left, right, top, bottom = 460, 820, 150, 850
    sketch.shadow((left, top + 80, right, bottom), is_round=False)
    sketch.pen.rounded_rectangle((left, top, right, bottom), 40, fill=(244, 248, 248))
    sketch.pen.rounded_rectangle((left + 22, top + 120, right - 22, bottom - 26), 28, fill=color)
    for _ in range(5):
        x, y = sketch.chance.randint(500, 700), sketch.chance.randint(300, 560)
        light = tuple(min(255, part + 34) for part in color)
        sketch.pen.rounded_rectangle((x, y, x + 84, y + 84), 16, fill=light)
    sketch.pen.line((700, 60, 640, 760), fill=(230, 90, 80), width=20)


def _dessert(sketch: Sketch) -> None:
    sketch.plate(360)
    color = _shade(sketch.chance.choice(_FOODS), sketch)
    sketch.pen.polygon([(430, 600), (860, 600), (760, 330)], fill=_shade(_GOLDEN, sketch))
    sketch.pen.polygon([(430, 600), (760, 330), (700, 290), (400, 520)], fill=color)
    sketch.pen.rectangle((430, 600, 860, 660), fill=_BROWN)
    sketch.scatter(8, 110, (18, 28), [(168, 52, 60)])


# The first keyword found in the name or category decides.
_KINDS: list[tuple[str, Callable[[Sketch], None]]] = [
    ("pizza", _pizza), ("burger", _burger), ("taco", _tacos), ("bowl", _bowl), ("salad", _bowl),
    ("chowder", _bowl), ("pozole", _bowl), ("dip", _bowl), ("gelato", _bowl), ("drink", _drink),
    ("beer", _drink), ("wine", _drink), ("bebida", _drink), ("dessert", _dessert),
    ("postre", _dessert), ("pie", _dessert),
]  # fmt: skip


def draw(name: str, category: str) -> bytes:
    """Return a JPEG of 427 × 320 pixels, the smallest size Stream accepts."""
    sketch = Sketch(name)
    text = f"{name} {category}".lower()
    draw_kind = next((kind for keyword, kind in _KINDS if keyword in text), _dish)
    draw_kind(sketch)
    return sketch.jpeg()
