// SPDX-License-Identifier: MIT
/* parallel.c - the same work for many items, in a few threads */
#include "satbed/base/parallel.h"

#include <pthread.h>
#include <stdatomic.h>

#define THREADS_MAX 64

struct job {
	size_t count;
	int (*work)(void *arg, size_t i, struct sb_err *err);
	void *arg;
	atomic_size_t next;
	pthread_mutex_t lock;
	size_t failed; /* lowest index that failed, or count */
	struct sb_err err;
};

static void *work_through(void *arg)
{
	struct job *job = arg;
	size_t i;

	while ((i = atomic_fetch_add(&job->next, 1)) < job->count) {
		struct sb_err err = {0};

		if (!job->work(job->arg, i, &err))
			continue;
		pthread_mutex_lock(&job->lock);
		if (i < job->failed) {
			job->failed = i;
			job->err = err;
		}
		pthread_mutex_unlock(&job->lock);
	}
	return NULL;
}

int sb_parallel(size_t count, int (*work)(void *arg, size_t i, struct sb_err *err), void *arg,
		struct sb_err *err)
{
	return sb_parallel_in(THREADS_MAX + 1, count, work, arg, err);
}

int sb_parallel_in(size_t threads_max, size_t count,
		   int (*work)(void *arg, size_t i, struct sb_err *err), void *arg,
		   struct sb_err *err)
{
	struct job job = {.count = count,
			  .work = work,
			  .arg = arg,
			  .lock = PTHREAD_MUTEX_INITIALIZER,
			  .failed = count};
	pthread_t threads[THREADS_MAX];
	size_t started = 0;

	/* Fewer threads than hoped for are enough: the caller works, too. */
	while (started + 1 < count && started + 1 < threads_max && started < THREADS_MAX &&
	       !pthread_create(&threads[started], NULL, work_through, &job))
		started++;
	work_through(&job);
	while (started)
		pthread_join(threads[--started], NULL);
	if (job.failed == count)
		return 0;
	if (err)
		*err = job.err;
	return -1;
}
