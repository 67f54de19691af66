// SPDX-License-Identifier: MIT
/* caps.c - giving rights up */
#include "satbed/base/caps.h"

#include <errno.h>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

int sb_caps_keep(uint64_t mask, struct sb_err *err)
{
	struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[2];

	/* The bounding set first: lowering it takes a capability that the next call drops. */
	for (int cap = 0; prctl(PR_CAPBSET_READ, cap, 0, 0, 0) >= 0; cap++)
		if (!(mask >> cap & 1) && prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) && errno != EPERM)
			return sb_fail(err, SB_EINTERNAL, errno, "cannot drop capability %d", cap);
	for (int i = 0; i < 2; i++) {
		uint32_t half = (uint32_t)(mask >> (32 * i));

		data[i] = (struct __user_cap_data_struct){.effective = half, .permitted = half};
	}
	if (syscall(SYS_capset, &head, data) || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		return sb_fail(err, SB_EINTERNAL, errno, "cannot drop capabilities");
	return 0;
}
