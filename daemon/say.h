/* What the daemon says to the journal: lines on standard error with a level in front, as systemd
 * reads them; and where the journal is there to take them, drifts with fields of their own. */
#pragma once

#include "base/err.h"
#include "daemon/drift.h"

enum say_level { SAY_ALERT = 1, SAY_CRITICAL = 2, SAY_ERROR = 3, SAY_WARNING = 4, SAY_NOTICE = 5 };

void say(enum say_level level, const char *fmt, ...) _printf_(2, 3);
void say_errs(const struct errs *errs);
void say_drift(const struct drift *drift);
