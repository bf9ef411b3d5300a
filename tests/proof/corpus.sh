#!/bin/bash
# The decoder against the rule lists of nftables' own tests: every rule that this kernel takes is
# loaded, dumped and decoded; each expression is decoded as libnftnl and the kernel's bytes have it
# or unknown by its name, and none is misread. In namespaces of its own, which end with their
# processes. The lists are not part of this repository.
#
# usage: corpus.sh [BUILD_DIR [FOLDER]]; CORPUS: the folder; CORPUS_VERBOSE: what nft makes otherwise
set -u
cd "$(dirname "$0")/../.."
build=${1:-build/debug}
folder=${2:-${CORPUS:-../shared/corpus/nft-rules}}

skip() {
	echo "SKIP corpus: $1"
	echo "corpus: 0 passed, 0 failed"
	exit 0
}
[ -d "$folder" ] || skip "$folder is not here: the rules of others were not read"
[ "$(id -u)" = 0 ] || skip "needs root for network namespaces"
unshare -n true 2>/dev/null || skip "network namespaces are not permitted here"
command -v python3 >/dev/null || skip "python3 is not installed"
python3 -c 'import ctypes; ctypes.CDLL("libnftables.so.1")' 2>/dev/null ||
	skip "libnftables is not installed"
make -s FLAVOUR="$(basename "$build")" tools >/dev/null || exit 1
exec python3 -B tests/proof/corpus.py "$PWD/$build/tools/nft_bytecode" "$folder"
