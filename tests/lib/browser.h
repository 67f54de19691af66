/* SPDX-License-Identifier: MIT */
/* browser.h - a headless Chromium of one's own, driven over the WebDriver protocol */
#ifndef SATBED_TESTS_BROWSER_H
#define SATBED_TESTS_BROWSER_H

#include <cjson/cJSON.h>
#include <stdbool.h>

struct browser;

/**
 * browser_open() - with a profile of its own, and without a network: names do not resolve, and but for 127.0.0.1
 * everything goes to a proxy that is not there
 *
 * Return: NULL where there is no chromedriver or no Chromium; @why says which
 */
struct browser *browser_open(int width, int height, const char **why);
void browser_close(struct browser *b);

/** browser_go() - load a page, and wait for it */
void browser_go(struct browser *b, const char *url);
/** browser_eval() - the value of a JavaScript expression; the caller's to delete */
cJSON *browser_eval(struct browser *b, const char *expression);
/** browser_true() - is that expression true? */
bool browser_true(struct browser *b, const char *expression);
double browser_number(struct browser *b, const char *expression);
/** browser_drag() - press at one place of the window, move to another, let go */
void browser_drag(struct browser *b, int from_x, int from_y, int to_x, int to_y);
void browser_double_click(struct browser *b, int x, int y);
/** browser_key() - press and let go; special keys are WebDriver's code points */
void browser_key(struct browser *b, const char *key);
#define BROWSER_LEFT  "\xee\x80\x92"
#define BROWSER_RIGHT "\xee\x80\x94"
#define BROWSER_TAB   "\xee\x80\x84"
/** browser_emulate() - DevTools' Emulation.@method with @params, a JSON object as text */
void browser_emulate(struct browser *b, const char *method, const char *params);
/** browser_log() - "browser" (console) or "performance" (DevTools events) since the last call */
cJSON *browser_log(struct browser *b, const char *type);
/** browser_picture() - of what is shown, as a PNG file */
void browser_picture(struct browser *b, const char *path);

#endif
