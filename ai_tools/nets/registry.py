# SPDX-License-Identifier: GPL-3.0-or-later
"""Networks by name, for manifests and training scripts.  Imports torch and `ai_tools.nets`."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from torch import nn

from ai_tools.nets.ai_sketcher import AiSketcher, AiSketcherConfig
from ai_tools.nets.colorizer_light import ColorizerLight, ColorizerLightConfig
from ai_tools.nets.config import ConfigError, NetConfig
from ai_tools.nets.disnet import DisNet, DisNetConfig
from ai_tools.nets.portrait_light import PortraitLight, PortraitLightConfig
from ai_tools.nets.sage import SageConfig, SageGenerator
from ai_tools.nets.sage_discriminator import SageDiscriminator, SageDiscriminatorConfig
from ai_tools.nets.simplifier import (
    Simplifier,
    SimplifierConfig,
    SketchDiscriminator,
    SketchDiscriminatorConfig,
)
from ai_tools.nets.simplifier_light import SimplifierLight, SimplifierLightConfig
from ai_tools.nets.sketchrnn import SketchRnn, SketchRnnConfig
from ai_tools.nets.stenciltorch import (
    Critic,
    CriticConfig,
    FeatureSliceConfig,
    Guide,
    Illustration2VecSlice,
    StencilConfig,
    StencilGenerator,
)

NETWORKS: Mapping[str, tuple[type[nn.Module], type[NetConfig]]] = MappingProxyType(
    {
        "sketch_rnn": (SketchRnn, SketchRnnConfig),
        "ai_sketcher": (AiSketcher, AiSketcherConfig),
        "stencil_generator": (StencilGenerator, StencilConfig),
        "stencil_guide": (Guide, StencilConfig),
        "stencil_critic": (Critic, CriticConfig),
        "illustration2vec_slice": (Illustration2VecSlice, FeatureSliceConfig),
        "colorizer_light": (ColorizerLight, ColorizerLightConfig),
        "disnet": (DisNet, DisNetConfig),
        "simplifier": (Simplifier, SimplifierConfig),
        "simplifier_light": (SimplifierLight, SimplifierLightConfig),
        "sketch_discriminator": (SketchDiscriminator, SketchDiscriminatorConfig),
        "sage_generator": (SageGenerator, SageConfig),
        "sage_discriminator": (SageDiscriminator, SageDiscriminatorConfig),
        "portrait_light": (PortraitLight, PortraitLightConfig),
    }
)
"""Name -> network and its configuration class."""


def make_config(name: str, values: Mapping[str, Any] | None = None) -> NetConfig:
    """The configuration of network `name` from a manifest's entry; defaults where None.

    Raises:
        ConfigError: an unknown name or an unusable configuration.
    """
    if name not in NETWORKS:
        raise ConfigError(f"no network is called {name!r}; there are {', '.join(NETWORKS)}")
    return NETWORKS[name][1].from_dict(values or {})


def build(name: str, config: NetConfig | Mapping[str, Any] | None = None) -> nn.Module:
    """A freshly initialised network.

    Args:
        config: a configuration, its `to_dict`, or None for the defaults.

    Raises:
        ConfigError: an unknown name or an unusable configuration, or one of another network.
    """
    if not isinstance(config, NetConfig):
        config = make_config(name, config)
    make_config(name)
    network, wanted = NETWORKS[name]
    if type(config) is not wanted:
        raise ConfigError(f"{name} wants a {wanted.__name__}, not a {type(config).__name__}")
    return network(config)


def count_parameters(network: nn.Module) -> int:
    """Numbers that training may change; buffers do not count."""
    return sum(parameter.numel() for parameter in network.parameters())
