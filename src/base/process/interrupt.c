// SPDX-License-Identifier: MIT
/* interrupt.c - Ctrl-C once: end in order; twice: leave at once */
#include "satbed/base/interrupt.h"

#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "satbed/base/mem.h"

static volatile sig_atomic_t interrupts;
static volatile sig_atomic_t stopping;
static const char *volatile last_words;
static const char *volatile patient_words;

static void count_interrupt(int sig)
{
	static const char leaving[] = "\nsatbed: leaving at once\n";

	if (sig == SIGINT && patient_words && !stopping) {
		stopping = 1;
		if (write(STDERR_FILENO, patient_words, strlen(patient_words)) < 0)
			interrupts = 1;
		return;
	}
	if (interrupts++ == 0)
		return;
	if (last_words && write(STDERR_FILENO, last_words, strlen(last_words)) < 0)
		_exit(130);
	/* The kernel tears the namespaces down once we are gone. */
	if (write(STDERR_FILENO, leaving, sizeof(leaving) - 1) < 0)
		_exit(130);
	_exit(130);
}

/* nohup, and shells of what they put into the background, ignore it for us. */
static void catch_unless_ignored(int sig)
{
	struct sigaction sa = {.sa_handler = count_interrupt}, had;

	if (!sigaction(sig, NULL, &had) && had.sa_handler != SIG_IGN)
		sigaction(sig, &sa, NULL);
}

void sb_interrupts_catch(void)
{
	struct sigaction sa = {.sa_handler = count_interrupt};

	catch_unless_ignored(SIGHUP);
	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGTERM, &sa, NULL);
	signal(SIGPIPE, SIG_IGN);
}

static const int counted[] = {SIGHUP, SIGINT, SIGTERM};

static void mask(int how)
{
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < SB_ARRAY_LEN(counted); i++)
		sigaddset(&set, counted[i]);
	sigprocmask(how, &set, NULL);
}

void sb_interrupts_hold(void)
{
	mask(SIG_BLOCK);
}

void sb_interrupts_release(void)
{
	mask(SIG_UNBLOCK);
}

void sb_interrupts_start_over(void)
{
	/* One that waits is dropped where its signal is ignored, blocked or not: sigaction(2). */
	for (size_t i = 0; i < SB_ARRAY_LEN(counted); i++) {
		struct sigaction ignore = {.sa_handler = SIG_IGN}, had;

		sigaction(counted[i], &ignore, &had);
		sigaction(counted[i], &had, NULL);
	}
	interrupts = stopping = 0;
	last_words = patient_words = NULL;
	sb_interrupts_release();
}

void sb_interrupts_leave_with(const char *text)
{
	last_words = text;
}

bool sb_interrupted(void)
{
	return interrupts > 0;
}

void sb_interrupts_be_patient(const char *text)
{
	patient_words = text;
}

bool sb_stopping(void)
{
	return stopping || interrupts > 0;
}
