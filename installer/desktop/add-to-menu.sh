#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Puts Limner into this user's application menu and makes it known for OpenRaster pictures;
# "add-to-menu.sh --remove" takes it out again.  Nothing outside the user's own folders changes.
set -e
here=$(cd "$(dirname "$0")" && pwd)
data="${XDG_DATA_HOME:-$HOME/.local/share}"
entry="$data/applications/limner.desktop"
mime="$data/mime/packages/limner.xml"
icons="$data/icons/hicolor"
if [ "$1" = "--remove" ]; then
    rm -f "$entry" "$mime" "$icons/scalable/apps/limner.svg" "$icons/256x256/apps/limner.png"
else
    mkdir -p "$data/applications" "$data/mime/packages" \
        "$icons/scalable/apps" "$icons/256x256/apps"
    # In Exec a path stands in quotes with \ " ` $ escaped, % doubled, and \ escaped once more
    # for the file itself; TryExec and the rest take it as it is.
    quoted=$(printf '%s' "$here/limner" | sed -e 's/[\\"`$]/\\&/g' -e 's/%/%%/g' -e 's/\\/\\\\/g')
    plain=$(printf '%s' "$here/limner" | sed -e 's/\\/\\\\/g')
    while IFS= read -r line; do
        case "$line" in
        Exec=*) printf 'Exec="%s" %%f\n' "$quoted" ;;
        TryExec=*) printf 'TryExec=%s\n' "$plain" ;;
        *) printf '%s\n' "$line" ;;
        esac
    done < "$here/share/limner.desktop" > "$entry"
    cp "$here/share/limner-mime.xml" "$mime"
    cp "$here/share/limner.svg" "$icons/scalable/apps/limner.svg"
    cp "$here/share/limner.png" "$icons/256x256/apps/limner.png"
fi
command -v update-desktop-database > /dev/null && update-desktop-database "$data/applications" || true
command -v update-mime-database > /dev/null && update-mime-database "$data/mime" || true
