/* What the daemon says of itself, as JSON: the keys of CLI.md. */
#pragma once

#include "daemon/gate.h"
#include "wire/wire.h"

json_t *status_json(struct gate *gate);
