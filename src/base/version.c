// SPDX-License-Identifier: MIT
/* version.c - the only file that knows the version, so that a new one rebuilds nothing else */
#include "satbed/base/version.h"

const char sb_version[] = SB_VERSION;
