/* SPDX-License-Identifier: MIT */
/* html.h - text on its way into a page */
#ifndef SATBED_REPORT_HTML_H
#define SATBED_REPORT_HTML_H

#include <stdio.h>

/**
 * sb_html_escape() - write @text so that a page shows it, and does nothing else with it
 *
 * Good for the content of elements and for attribute values in quotes; not for the content of
 * <script> and <style>, into which no text ever goes.  What is not UTF-8, and control characters
 * (line breaks, too: JSON is to come without), become '?'.
 */
void sb_html_escape(FILE *to, const char *text);

#endif
