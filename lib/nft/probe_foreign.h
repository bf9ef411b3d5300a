/* Two trials of nft_probe() (probe.c), in its namespace: true where the kernel can. */
#pragma once

#include "nft/nft.h"

_must_check_ bool probe_flowtable(struct nft *nft);
_must_check_ bool probe_hook_dump(struct nft *nft);
