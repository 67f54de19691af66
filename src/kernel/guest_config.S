/* SPDX-License-Identifier: MIT */
/* guest_config.S - the kernel's configuration, carried inside satbed */
	.section .rodata
	.global sb_guest_config, sb_guest_config_end
sb_guest_config:
	.incbin GUEST_CONFIG
sb_guest_config_end:
	.section .note.GNU-stack, "", %progbits
