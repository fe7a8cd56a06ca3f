# SPDX-License-Identifier: GPL-3.0-or-later
"""The suggestions that are on the canvas as ghosts, and what becomes of them when they are taken.

Imports the plugin room, core values, `suggest.task`.  No widgets: the dock shows and asks.
"""

from __future__ import annotations

from ai_tools.suggest.task import Answer, Ghost, Points, Task, sketch_name, with_strokes
from app.core.layers import GroupLayer, PaintLayer
from app.plugins import PaintContext

GHOST_OPACITY = 0.5


class Shown:
    """Alternatives of one answer, one of them visible, some of its strokes taken.

    The first stroke that is taken adds a layer, the next ones go on that layer, each as one undo
    step.  With it the other alternatives go: they knew nothing of it.

    Args:
        context: the picture.
        task: the run that was answered.
        answer: at least one ghost.
        label: of the undo steps.
    """

    def __init__(self, context: PaintContext, task: Task, answer: Answer, label: str) -> None:
        self._context, self._task, self._label = context, task, label
        self.ghosts = list(answer.ghosts)
        self.index = 0
        self._taken = 0  # strokes of the visible ghost
        source = task.source
        self._target = source.target.id if source is not None and source.target else None
        self._source = None if source is None else source.layer.id
        self._preview()

    @property
    def ghost(self) -> Ghost:
        """The visible alternative."""
        return self.ghosts[self.index]

    @property
    def left(self) -> tuple[Points, ...]:
        """Its strokes that are not taken yet."""
        return self.ghost.strokes[self._taken :]

    @property
    def target(self) -> str | None:
        """Id of the layer that takes the strokes, once there is one."""
        return self._target

    def turn(self, step: int) -> None:
        """Show the next alternative, or the one before."""
        self.choose((self.index + step) % len(self.ghosts))

    def choose(self, index: int) -> None:
        """Show one of the alternatives."""
        if index != self.index:
            self.index = index
            self._preview()

    def take(self, count: int | None = None) -> bool:
        """Put the next `count` strokes, or all that are left, into the picture: one undo step.

        Returns:
            True while there are strokes left.
        """
        strokes = self.left if count is None else self.left[:count]
        self.ghosts, self.index = [self.ghost], 0
        self._taken += len(strokes)
        self._land(strokes)
        if self.left:
            self._preview()
            return True
        self._context.preview(None)
        return False

    def dismiss(self) -> None:
        """Take the ghosts off the canvas."""
        self._context.preview(None)

    def _preview(self) -> None:
        layers = self.ghost.layers[self._taken :]
        group = GroupLayer(name=self._label, opacity=GHOST_OPACITY, children=layers)
        self._context.preview([group], self._target or self._source)

    def _land(self, strokes: tuple[Points, ...]) -> None:
        document, hand = self._context.document(), self._task.hand
        target = None
        if self._target is not None and document.has(self._target):
            target = document.find(self._target)
        if isinstance(target, PaintLayer):
            self._context.replace_layer(self._label, with_strokes(target, strokes, hand))
            return
        source = self._task.source
        name = sketch_name(self.ghost.category) if source is None else source.target_name
        layer = with_strokes(PaintLayer(name=name), strokes, hand)
        (self._target,) = self._context.commit(self._label, [layer], self._source)
