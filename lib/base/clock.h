/* A clock of the system as one number, for differences and for times finer than a second. What
 * people write is in wall.h. */
#pragma once

#include <stdint.h>
#include <time.h>

/* Microseconds of CLOCK_MONOTONIC, CLOCK_REALTIME or CLOCK_BOOTTIME. */
static inline int64_t clock_us(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}
