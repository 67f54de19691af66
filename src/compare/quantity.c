// SPDX-License-Identifier: MIT
/* quantity.c - values of a comparison for people */
#include "quantity.h"

#include <math.h>
#include <string.h>

#include "satbed/base/mem.h"

struct sb_scale sb_scale_for(const char *unit, double largest)
{
	static const struct sb_scale rates[] = {{1e9, "Gbit/s"}, {1e6, "Mbit/s"}, {1e3, "kbit/s"}};

	for (size_t i = 0; !strcmp(unit, "bit/s") && i < SB_ARRAY_LEN(rates); i++)
		if (fabs(largest) >= rates[i].by)
			return rates[i];
	return (struct sb_scale){1, unit};
}
