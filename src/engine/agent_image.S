/* SPDX-License-Identifier: MIT */
/* agent_image.S - the static agent, carried inside satbed: one file to install, nothing to find */
	.section .rodata
	.global sb_agent_image, sb_agent_image_end
	.balign 16
sb_agent_image:
	.incbin AGENT_PROGRAM
sb_agent_image_end:

/* For containers: the same one, but where a sanitizer makes the first one dynamic. */
	.global sb_static_agent_image, sb_static_agent_image_end
#ifdef STATIC_AGENT_PROGRAM
	.balign 16
sb_static_agent_image:
	.incbin STATIC_AGENT_PROGRAM
sb_static_agent_image_end:
#else
	.set sb_static_agent_image, sb_agent_image
	.set sb_static_agent_image_end, sb_agent_image_end
#endif
	.section .note.GNU-stack, "", %progbits
