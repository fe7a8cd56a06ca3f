# SPDX-License-Identifier: GPL-3.0-or-later
"""What Portrait Views calls on its network.  Imports torch, ai_tools.nets and ai_tools.parts.

A head is `planes` (1, 3, C, r, r), from a drawing ("encode") or from numbers ("person"), made
once; a view of it ("view", "preview" while it is turned, "edit" with painted labels) costs a render
and a translation.  Views also want what the head came from: `drawing` (1, 3, I, I) as "encode" got
it, `pose` (1, 6) as it answered, and `drawn` (1, 1), 1 with a drawing; 0 for heads from numbers or
mixed from several, where drawing and pose do not count.  Cameras are (1, 2): yaw and pitch in
radians as in `nets.volume`, 0 from the front, positive yaw from the head's left side (the viewer's
right), positive pitch from above.
"""

from __future__ import annotations

from typing import cast

from torch import Tensor, nn

from ai_tools.nets.portrait_light import PortraitLight, PortraitLightConfig, PortraitOutput
from ai_tools.nets.portrait_source import Source
from ai_tools.nets.volume import Camera
from ai_tools.parts import Part, Port


class Encode(nn.Module):
    """Drawing -> planes and pose."""

    def __init__(self, net: PortraitLight) -> None:
        super().__init__()
        self.net = net

    def forward(self, drawing: Tensor) -> tuple[Tensor, Tensor]:
        """drawing (1, 3, I, I) in -1..1 -> planes, pose (1, 6) as in `nets.portrait_encoder`."""
        code = self.net.encode(drawing)
        return code.planes, code.pose


class Person(nn.Module):
    """Numbers -> planes."""

    def __init__(self, net: PortraitLight) -> None:
        super().__init__()
        self.net = net

    def forward(self, z: Tensor) -> tuple[Tensor]:
        """z (1, K) ~ N(0, I) -> planes."""
        return (self.net.person(z),)


class View(nn.Module):
    """Planes and the drawing -> picture and labels of one view."""

    def __init__(self, net: PortraitLight, size: int) -> None:
        """Args: `size` of the rendered maps; the picture has four times it."""
        super().__init__()
        self.net = net
        self.size = size

    def forward(
        self,
        planes: Tensor,
        drawing: Tensor,
        pose: Tensor,
        drawn: Tensor,
        camera: Tensor,
        style: Tensor,
    ) -> tuple[Tensor, ...]:
        """style (1, S), a mixture that sums to 1 -> image (1, 3, 4s, 4s) in -1..1, label logits
        (1, L, 4s, 4s) and (1, L, s, s)."""
        output = self.show(Source(drawing, pose, drawn), planes, camera, style)
        return output.image, output.labels, output.small_labels

    def show(
        self,
        source: Source,
        planes: Tensor,
        camera: Tensor,
        style: Tensor,
        labels: Tensor | None = None,
    ) -> PortraitOutput:
        """Renders, looks the drawing up, decodes."""
        side = Camera(camera[:, 0], camera[:, 1])
        view = self.net.render(planes, side, self.size)
        return self.net.decode(view, style, self.net.look(source, view, side), labels)


class Preview(View):
    """The same, the picture only."""

    def forward(
        self,
        planes: Tensor,
        drawing: Tensor,
        pose: Tensor,
        drawn: Tensor,
        camera: Tensor,
        style: Tensor,
    ) -> tuple[Tensor, ...]:
        """As `View`, the image alone."""
        return (self.show(Source(drawing, pose, drawn), planes, camera, style).image,)


class Edit(View):
    """The same with painted labels."""

    def forward(  # type: ignore[override]
        self,
        planes: Tensor,
        drawing: Tensor,
        pose: Tensor,
        drawn: Tensor,
        camera: Tensor,
        style: Tensor,
        labels: Tensor,
    ) -> tuple[Tensor, ...]:
        """labels (1, L, s, s), probabilities in place of the predicted ones -> image."""
        return (self.show(Source(drawing, pose, drawn), planes, camera, style, labels).image,)


def parts(config: PortraitLightConfig) -> tuple[Part, ...]:
    """The parts of a network of this configuration; "person" only where it makes people.

    Sizes: I = input_size, r = plane_size, s = size ("view", "edit") or preview_size ("preview").
    """
    side = config.plane_size
    planes = _port("planes", 1, 3, config.plane_channels, side, side)
    camera = _port("camera", 1, 2)
    style = _port("style", 1, len(config.styles))
    labels = _port("labels", 1, config.labels, config.size, config.size)
    drawing = _port("drawing", 1, 3, config.input_size, config.input_size)
    shown = (planes, drawing, _port("pose", 1, 6), _port("drawn", 1, 1), camera, style)

    def light(net: nn.Module) -> PortraitLight:
        return cast(PortraitLight, net)

    made = [
        Part("encode", (drawing,), ("planes", "pose"), lambda net: Encode(light(net))),
        Part(
            "view",
            shown,
            ("image", "labels", "small_labels"),
            lambda net: View(light(net), config.size),
        ),
        Part("preview", shown, ("image",), lambda net: Preview(light(net), config.preview_size)),
        Part("edit", (*shown, labels), ("image",), lambda net: Edit(light(net), config.size)),
    ]
    if config.people:
        z = _port("z", 1, config.people)
        made.append(Part("person", (z,), ("planes",), lambda net: Person(light(net))))
    return tuple(made)


def _port(name: str, *shape: int) -> Port:
    return Port(name, shape, shape)
