/* SPDX-License-Identifier: MIT */
/* preload_image.S - the library loaded into User-Mode Linux, carried inside satbed */
	.section .rodata
	.global sb_preload_image, sb_preload_image_end
	.balign 16
sb_preload_image:
	.incbin PRELOAD_LIBRARY
sb_preload_image_end:
	.section .note.GNU-stack, "", %progbits
