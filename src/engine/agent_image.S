/* SPDX-License-Identifier: MIT */
/* agent_image.S - the static agent, carried inside satbed: one file to install, nothing to find */
	.section .rodata
	.global sb_agent_image, sb_agent_image_end
	.balign 16
sb_agent_image:
	.incbin AGENT_PROGRAM
sb_agent_image_end:
	.section .note.GNU-stack, "", %progbits
