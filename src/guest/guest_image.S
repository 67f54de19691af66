/* SPDX-License-Identifier: MIT */
/* guest_image.S - the program of a guest, carried inside satbed: one file to install, nothing to find */
	.section .rodata
	.global sb_guest_image, sb_guest_image_end
	.balign 16
sb_guest_image:
	.incbin GUEST_PROGRAM
sb_guest_image_end:
	.section .note.GNU-stack, "", %progbits
