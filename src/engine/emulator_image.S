/* SPDX-License-Identifier: MIT */
/* emulator_image.S - the sky program, carried inside satbed: one file to install, nothing to find */
	.section .rodata
	.global sb_sky_image, sb_sky_image_end
	.balign 16
sb_sky_image:
	.incbin EMULATOR_PROGRAM
sb_sky_image_end:
	.section .note.GNU-stack, "", %progbits
