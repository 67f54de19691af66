/* SPDX-License-Identifier: MIT */
/* plan_priv.h - what the parts of the planner share */
#ifndef SATBED_PLAN_PRIV_H
#define SATBED_PLAN_PRIV_H

#include <stdio.h>

#include "plan/orbit/orbit.h"
#include "satbed/plan.h"
#include "satbed/scenario_values.h"

/* A plan is sent as one line of JSON, and a step takes about a hundred bytes of it. */
#define SB_MAX_STEPS	  250000
#define SB_MAX_PLAN_FLOWS 1024

/* Of the JSON form; counts up when an older reader would misunderstand it. */
#define SB_PLAN_FORMAT 2

#define SB_ETHERNET_HEADER 14
#define SB_MIN_PEP_BUFFER  65536
#define SB_MAX_PEP_BUFFER  256000000
#define SB_MAX_FILE_BYTES  (UINT64_C(1) << 40)
#define SB_MAX_RR_BYTES	   (UINT32_C(1) << 20)
#define SB_MIN_RATE_BPS	   UINT64_C(1000)
#define SB_MAX_RATE_BPS	   UINT64_C(100000000000)

/* Each fills its part of @plan; what does not work out goes to @f. */
void sb_plan_fill_links(const struct sb_scenario *sc, const struct sb_orbit *orbit,
			struct sb_plan *plan, struct sb_findings *f);
void sb_plan_fill_flows(const struct sb_scenario *sc, struct sb_plan *plan, struct sb_findings *f);
/** sb_plan_fill_interop() - a flow of kind interop, but for its client, direction and seed */
void sb_plan_fill_interop(const struct sb_section *s, struct sb_flow *flow, struct sb_findings *f);
/** sb_plan_check_interop() - what a testbed with an interop flow cannot be */
void sb_plan_check_interop(const struct sb_scenario *sc, const struct sb_plan *plan,
			   struct sb_findings *f);
void sb_plan_fill_timeline(const struct sb_scenario *sc, const struct sb_orbit *orbit,
			   struct sb_plan *plan, struct sb_findings *f);

/* backend = netem with what netem cannot do. */
void sb_plan_check_backend(const struct sb_scenario *sc, const struct sb_plan *plan,
			   struct sb_findings *f);

/* Proxies, and what they do not go with; after the links and the timeline. */
void sb_plan_fill_pep(const struct sb_scenario *sc, struct sb_plan *plan, struct sb_findings *f);

/* What several links of one client do not go with. */
void sb_plan_check_terminals(const struct sb_scenario *sc, const struct sb_plan *plan,
			     struct sb_findings *f);

/* What cannot be played on the virtual clock. */
void sb_plan_check_clock(const struct sb_scenario *sc, const struct sb_plan *plan,
			 struct sb_findings *f);

/** sb_compare_steps() - for qsort(): by time, link and direction */
int sb_compare_steps(const void *pa, const void *pb);
/** sb_plan_index() - make plan->index for the steps as they are */
void sb_plan_index(struct sb_plan *plan);
bool sb_link_state_equal(const struct sb_link_state *a, const struct sb_link_state *b);

/* loss.c: what is in plan.h, and */
bool sb_loss_equal(const struct sb_loss *a, const struct sb_loss *b);
/** sb_loss_to_json() - as member "loss" of @obj; sb_loss_from_json(): 0, or -1 with @err naming the place */
void sb_loss_to_json(cJSON *obj, const struct sb_loss *loss);
int sb_loss_from_json(const cJSON *obj, const char *path, struct sb_loss *out, struct sb_err *err);
/** sb_loss_print() - for satbed check; sb_loss_text(): short, as one would write it */
void sb_loss_print(FILE *to, const struct sb_loss *loss);
void sb_loss_text(char *buf, size_t size, const struct sb_loss *loss);

/* As those in model.h. */
extern const char *const sb_cause_names[];

/** sb_plan_print_flows() - the flows, for sb_plan_text(); nothing without flows */
void sb_plan_print_flows(FILE *to, const struct sb_plan *plan);
/** sb_plan_print_warnings() - what is allowed in a plan, but seldom meant; nothing when all is well
 */
void sb_plan_print_warnings(FILE *to, const struct sb_plan *plan);

#endif
