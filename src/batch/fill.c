// SPDX-License-Identifier: MIT
/* fill.c - the slots of a batch, one after the other or side by side */
#include <pthread.h>
#include <time.h>

#include "satbed/base/interrupt.h"
#include "satbed/batch.h"

#define JOBS_MAX 64
#define TICK_MS	 200

/** struct filling - @next: slot that nobody has begun; @working: threads; @failed: @err is set */
struct filling {
	const struct sb_batch *b;
	pthread_mutex_t lock, telling;
	pthread_cond_t ended;
	size_t next, working;
	bool failed;
	struct sb_err err;
};

static int fill_slot(struct filling *f, size_t slot, struct sb_err *err)
{
	const struct sb_batch *b = f->b;
	int rc = 0;

	for (;;) {
		struct sb_slot_state state = {0};

		if (b->look(b->arg, slot, &state, err))
			return -1;
		if (state.usable || state.spent > b->retries || sb_stopping())
			break;
		if (b->attempt(b->arg, slot, state.spent, err))
			return -1;
	}
	if (b->filled) {
		pthread_mutex_lock(&f->telling);
		rc = b->filled(b->arg, slot, err);
		pthread_mutex_unlock(&f->telling);
	}
	return rc;
}

/* The next slot, as long as there is one and nothing ends the batch; @b->count: there is none. */
static size_t take_slot(struct filling *f)
{
	size_t slot;

	pthread_mutex_lock(&f->lock);
	slot = f->failed || sb_stopping() || f->next >= f->b->count ? f->b->count : f->next++;
	pthread_mutex_unlock(&f->lock);
	return slot;
}

static void *work(void *arg)
{
	struct filling *f = arg;
	size_t slot;

	while ((slot = take_slot(f)) < f->b->count) {
		struct sb_err err = {0};

		if (!fill_slot(f, slot, &err))
			continue;
		pthread_mutex_lock(&f->lock);
		if (!f->failed)
			f->err = err;
		f->failed = true;
		pthread_mutex_unlock(&f->lock);
	}
	pthread_mutex_lock(&f->lock);
	f->working--;
	pthread_cond_signal(&f->ended);
	pthread_mutex_unlock(&f->lock);
	return NULL;
}

/* The caller's thread looks after whoever watches. */
static void watch(struct filling *f)
{
	pthread_mutex_lock(&f->lock);
	while (f->working) {
		struct timespec until;

		clock_gettime(CLOCK_REALTIME, &until);
		until.tv_nsec += TICK_MS * 1000000L;
		until.tv_sec += until.tv_nsec / 1000000000L;
		until.tv_nsec %= 1000000000L;
		pthread_cond_timedwait(&f->ended, &f->lock, &until);
		pthread_mutex_unlock(&f->lock);
		pthread_mutex_lock(&f->telling);
		if (f->b->tick)
			f->b->tick(f->b->arg);
		pthread_mutex_unlock(&f->telling);
		pthread_mutex_lock(&f->lock);
	}
	pthread_mutex_unlock(&f->lock);
}

int sb_batch_fill(const struct sb_batch *b, struct sb_err *err)
{
	struct filling f = {.b = b,
			    .lock = PTHREAD_MUTEX_INITIALIZER,
			    .telling = PTHREAD_MUTEX_INITIALIZER,
			    .ended = PTHREAD_COND_INITIALIZER};
	pthread_t threads[JOBS_MAX];
	size_t jobs = b->jobs < b->count ? b->jobs : b->count, started = 0;

	sb_interrupts_be_patient(b->patient);
	/* Fewer threads than hoped for are enough. */
	for (; (jobs > 1 || b->tick) && started < jobs && started < JOBS_MAX; started++) {
		pthread_mutex_lock(&f.lock);
		f.working++;
		pthread_mutex_unlock(&f.lock);
		if (!pthread_create(&threads[started], NULL, work, &f))
			continue;
		pthread_mutex_lock(&f.lock);
		f.working--;
		pthread_mutex_unlock(&f.lock);
		break;
	}
	if (started) {
		watch(&f);
	} else {
		/* In this thread: on the real clock a run's processes are this one's children. */
		f.working = 1;
		work(&f);
	}
	while (started)
		pthread_join(threads[--started], NULL);
	sb_interrupts_be_patient(NULL);
	if (!f.failed)
		return 0;
	*err = f.err;
	return -1;
}
