#!/bin/sh
# sid.sh: unpack Debian sid's Neovim and Python 3.14 for the tests, without installing anything.
#
#   scripts/sid.sh            fetch what is not there yet; print the folder that holds nvim and python3.14
#   scripts/sid.sh --check    fetch nothing; print the folder, or fail when it is not there
#
# Both programs bring their own C library and are started through its loader, so the system's own stays as it
# is. The folder lies in $TALLYHO_CACHE (default: .cache in the checkout). The mirror is the one the system's
# apt already uses; TALLYHO_DEBIAN_MIRROR names another.
#
# Exit codes: 0 there, 3 cannot be had on this machine (the reason is the last line of stderr), 1 a mistake of ours.
set -eu

checkout=$(cd "$(dirname "$0")/.." && pwd)
cache=${TALLYHO_CACHE:-$checkout/.cache}
case $cache in /*) ;; *) cache=$PWD/$cache ;; esac
root=$cache/sid
bin=$root/usr/bin
packages="neovim python3.14"

cannot() {
	echo "sid.sh: no Neovim and Python from Debian sid: $1" >&2
	exit 3
}

works() {
	[ -f "$root/complete" ] && "$bin/nvim" --version >/dev/null 2>&1 && "$bin/python3.14" -c 'import ssl, sqlite3' 2>/dev/null
}

# mirror prints the first Debian archive among apt's own sources.
mirror() {
	if [ -n "${TALLYHO_DEBIAN_MIRROR:-}" ]; then
		echo "$TALLYHO_DEBIAN_MIRROR"
		return
	fi
	apt-get indextargets --format '$(REPO_URI)' 2>/dev/null | grep -E '/debian/?$' | head -n 1
}

# private_apt writes a configuration that sees only sid and touches only $1. Signatures are checked as always; the age of
# the archive is not, because a mirror frozen at a date (as images and air-gapped sites use) is then refused altogether.
private_apt() {
	mkdir -p "$1/lists/partial" "$1/cache/archives/partial"
	: >"$1/status"
	echo "deb [signed-by=$3] $2 sid main" >"$1/sources.list"
	cat >"$1/apt.conf" <<CONF
Dir::Etc::sourcelist "$1/sources.list";
Dir::Etc::sourceparts "-";
Dir::State::lists "$1/lists";
Dir::State::status "$1/status";
Dir::Cache "$1/cache";
APT::Install-Recommends "false";
APT::Sandbox::User "$(id -un)";
Acquire::Languages "none";
Acquire::Check-Valid-Until "false";
Acquire::Retries "2";
Acquire::http::Timeout "20";
CONF
}

# wrap puts a script in the place of a program: the script starts it through the unpacked loader. The program is told
# the script's path as its own name, by which Python finds its standard library and starts itself again.
wrap() { # name, line to run first
	mkdir -p "$1/usr/libexec/sid"
	mv "$1/usr/bin/$2" "$1/usr/libexec/sid/$2"
	cat >"$1/usr/bin/$2" <<SCRIPT
#!/bin/sh
self=\$(readlink -f "\$0")
usr=\$(dirname "\$(dirname "\$self")")
lib=\$(dirname "\$usr")/$4
$3
exec "\$lib/$5" --argv0 "\$self" --library-path "\$lib:\$usr/lib" "\$usr/libexec/sid/$2" "\$@"
SCRIPT
	chmod +x "$1/usr/bin/$2"
}

unpack() { # from, to
	mkdir -p "$2"
	for deb in "$1"/*.deb; do
		dpkg-deb -x "$deb" "$2"
	done
	loader=$(cd "$2" && find usr/lib lib -name 'ld-linux*.so*' 2>/dev/null | head -n 1)
	[ -n "$loader" ] || cannot "its packages hold no loader for this machine"
	[ -x "$2/usr/bin/nvim" ] || ln -s "$(readlink "$2/etc/alternatives/nvim" || echo nvim)" "$2/usr/bin/nvim"
	wrap "$2" nvim 'export VIMRUNTIME=$usr/share/nvim/runtime' "$(dirname "$loader")" "$(basename "$loader")"
	wrap "$2" python3.14 '' "$(dirname "$loader")" "$(basename "$loader")"
}

fetch() {
	[ "$(uname -s)" = Linux ] || cannot "only on Linux"
	command -v apt-get >/dev/null && command -v dpkg-deb >/dev/null || cannot "apt-get and dpkg-deb are not here"
	from=$(mirror)
	[ -n "$from" ] || cannot "apt's sources name no Debian mirror (set TALLYHO_DEBIAN_MIRROR)"
	keys=/usr/share/keyrings/debian-archive-keyring.gpg
	[ -f "$keys" ] || cannot "Debian's archive keys are not here ($keys)"

	mkdir -p "$cache"
	work=$(mktemp -d "$cache/sid.XXXXXX")
	trap 'rm -rf "$work"' EXIT
	trap 'exit 1' INT TERM
	private_apt "$work/apt" "$from" "$keys"
	APT_CONFIG=$work/apt/apt.conf
	export APT_CONFIG
	apt-get -qq update -o APT::Update::Error-Mode=any >"$work/log" 2>&1 || { cat "$work/log" >&2; cannot "apt cannot read the mirror's list"; }
	apt-get -qq -y install --download-only $packages >"$work/log" 2>&1 ||
		{ cat "$work/log" >&2; cannot "the packages cannot be downloaded"; }
	unset APT_CONFIG
	unpack "$work/apt/cache/archives" "$work/root"
	touch "$work/root/complete"
	rm -rf "$root"
	mv "$work/root" "$root"
}

if ! works; then
	[ "${1:-}" != --check ] || cannot "not fetched yet (run scripts/sid.sh)"
	fetch
	works || cannot "unpacked, but they do not start"
fi
echo "$bin"
