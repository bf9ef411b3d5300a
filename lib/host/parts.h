/* What a struct host is made of, for the files of lib/host that share it. */
#pragma once

#include "host/read.h"

struct host {
	struct rtnl *rtnl, *diag; /* diag NULL: this kernel has none */
	struct holders *holders;
	struct mnl_socket *listener;
	uint64_t lost;
};
