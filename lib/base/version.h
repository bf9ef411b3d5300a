/* The version of this tree; the Makefile and the package read it here. */
#pragma once

#define SEKISHO_VERSION "0.1.0"
