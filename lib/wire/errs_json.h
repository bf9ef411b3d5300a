/* Findings as JSON: the keys of CLI.md, stable for other programs, the same from the daemon and
 * from sekishoctl itself. */
#pragma once

#include <jansson.h>

#include "base/err.h"

json_t *json_text(const char *text); /* null for NULL */
json_t *json_told(const char *text); /* null for NULL, for "", and for what is no UTF-8 */
json_t *errs_json(const struct errs *errs);
