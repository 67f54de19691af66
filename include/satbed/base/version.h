/* SPDX-License-Identifier: MIT */
/* version.h - which satbed this is */
#ifndef SATBED_BASE_VERSION_H
#define SATBED_BASE_VERSION_H

extern const char sb_version[];

#endif
