/* SPDX-License-Identifier: MIT */
/* emulator_image.S - the emulator, carried inside satbed: one file to install, nothing to find */
	.section .rodata
	.global sb_emulator_image, sb_emulator_image_end
	.balign 16
sb_emulator_image:
	.incbin EMULATOR_PROGRAM
sb_emulator_image_end:
	.section .note.GNU-stack, "", %progbits
