// SPDX-License-Identifier: MIT
/* modules.c - a kernel module that is missing: which package has it */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "doctor/links/links.h"
#include "satbed/base/mem.h"

/* Does os-release call the system @id, or like it? */
static bool is_like(const struct sb_machine *m, const char *id)
{
	sb_auto_free char *own = sb_machine_os(m, "ID");
	sb_auto_free char *like = sb_machine_os(m, "ID_LIKE");
	char *rest = NULL;

	if (!strcmp(own, id))
		return true;
	for (char *w = strtok_r(like, " ", &rest); w; w = strtok_r(NULL, " ", &rest))
		if (!strcmp(w, id))
			return true;
	return false;
}

static char *package_fix(const struct sb_machine *m, const char *module)
{
	sb_auto_free char *own = sb_machine_os(m, "ID");

	if (is_like(m, "ubuntu"))
		return sb_asprintf("sudo apt-get install linux-modules-extra-$(uname -r)\n"
				   "sudo modprobe %s",
				   module);
	if (is_like(m, "fedora") || is_like(m, "rhel"))
		return sb_asprintf("sudo dnf install kernel-modules-extra-$(uname -r)\n"
				   "sudo modprobe %s",
				   module);
	if (!strcmp(own, "debian"))
		return sb_strdup("sudo apt-get install linux-image-$(dpkg --print-architecture)  "
				 "# Debian's own kernel has it; then boot that kernel");
	return NULL;
}

void sb_module_advice(const struct sb_machine *m, const char *module, char **why, char **fix)
{
	sb_auto_free char *kernel = sb_machine_kernel(m);

	*fix = NULL;
	switch (sb_machine_module(m, module)) {
	case SB_MODULE_LOADED:
	case SB_MODULE_BUILTIN:
		*why = sb_asprintf("kernel %s has %s", kernel, module);
		return;
	case SB_MODULE_ON_DISK:
		*why = sb_asprintf("module %s is installed but not loaded", module);
		*fix = sb_asprintf("sudo modprobe %s\necho %s | sudo tee "
				   "/etc/modules-load.d/satbed.conf",
				   module, module);
		return;
	case SB_MODULE_ABSENT:
		*fix = package_fix(m, module);
		*why = sb_asprintf("kernel %s has no module %s%s", kernel, module,
				   *fix ? "; a package of its own brings it" : "");
		return;
	case SB_MODULE_UNKNOWN:
		break;
	}
	if (strstr(kernel, "microsoft")) {
		*why = sb_asprintf("kernel %s (WSL) has no module %s", kernel, module);
		return;
	}
	/* In a container the host's modules are out of sight; a kernel without modules looks alike.
	 */
	if (is_like(m, "ubuntu") || is_like(m, "fedora") || is_like(m, "rhel"))
		*fix = package_fix(m, module);
	*why = sb_asprintf("kernel %s has no %s, and /lib/modules has no modules for it (a kernel "
			   "built without modules, or this is a container and the host has them)",
			   kernel, module);
}
