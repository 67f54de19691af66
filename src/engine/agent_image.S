/* SPDX-License-Identifier: MIT */
/* agent_image.S - the static node program, carried inside satbed: one file to install, nothing to find */
	.section .rodata
	.global sb_node_image, sb_node_image_end
	.balign 16
sb_node_image:
	.incbin AGENT_PROGRAM
sb_node_image_end:
	.section .note.GNU-stack, "", %progbits
