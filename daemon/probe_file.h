/* What this kernel can do, kept for the daemon that may not find out: trying needs namespaces, and
 * the hardened service has none. `sekishod --probe` writes it before each start (ExecStartPre);
 * without the file the daemon tries itself. Of another kernel it is not believed. */
#pragma once

#include "nft/nft.h"

_must_check_ bool probe_write(const char *run_dir, const struct nft_probe *probe,
			      struct errs *errs);
_must_check_ bool probe_read(const char *run_dir, struct nft_probe *ret_probe);
