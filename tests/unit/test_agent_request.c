// SPDX-License-Identifier: MIT
/* test_agent_request.c - requests: every accepted form, every rejected one, and what is said of it
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "agent/request.h"

static int parse(const char *text, struct sb_request *req, struct sb_err *err)
{
	char line[4096];

	memset(err, 0, sizeof(*err));
	snprintf(line, sizeof(line), "%s", text);
	for (char *c = line; *c; c++)
		if (*c == '\'')
			*c = '"';
	return sb_request_parse(line, strlen(line), req, err);
}

static void test_setup(void **state)
{
	struct sb_request req;
	struct sb_err err;

	(void)state;
	assert_int_equal(
	    parse("{'op':'setup','node':'client1','interfaces':['eth0','eth1']}", &req, &err), 0);
	assert_int_equal(req.op, SB_OP_SETUP);
	assert_string_equal(req.node, "client1");
	assert_int_equal(req.interface_count, 2);
	assert_string_equal(req.interfaces[1], "eth1");
	sb_request_fini(&req);
}

static void test_setup_with_arrangement(void **state)
{
	static const uint8_t mac[6] = {2, 0x42, 0xc6, 0x12, 1, 0xfe};
	struct sb_request req;
	struct sb_err err;

	(void)state;
	assert_int_equal(
	    parse("{'op':'setup','node':'client1','interfaces':['eth0'],'mtu':1400,'neighbours':["
		  "{'interface':'eth0','address':'198.18.1.2','mac':'02:42:c6:12:01:fe'},"
		  "{'interface':'eth0','address':'fd5a:7bed:1::2','mac':'02:42:c6:12:01:fe'}]}",
		  &req, &err),
	    0);
	assert_int_equal(req.mtu, 1400);
	assert_int_equal(req.neighbour_count, 2);
	assert_int_equal(req.neighbours[0].family, AF_INET);
	assert_int_equal(req.neighbours[1].family, AF_INET6);
	assert_memory_equal(req.neighbours[1].mac, mac, 6);
	assert_string_equal(req.neighbours[1].interface, "eth0");
	sb_request_fini(&req);
}

#define SETUP "{'op':'setup','node':'c','interfaces':['eth0'],"
#define NEIGH SETUP "'neighbours':[{'interface':'eth0',"

static void test_refused_arrangements(void **state)
{
	static const struct {
		const char *text, *part;
	} bad[] = {
	    {SETUP "'mtu':67}", "\"mtu\" is 67"},
	    {SETUP "'neighbours':{}}", "neighbours"},
	    {SETUP "'neighbours':[7]}", "neighbours[0]: not an object"},
	    {NEIGH "'address':'::1'}]}", "\"mac\" is missing"},
	    {NEIGH "'address':'1.2.3','mac':'02:42:c6:12:01:fe'}]}", "\"1.2.3\""},
	    {NEIGH "'address':'1.2.3.4','mac':'02:42:c6:12:01'}]}", "not a MAC address"},
	    {NEIGH "'address':'1.2.3.4','mac':'02:42:c6:12:01:f0f'}]}", "mac"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct sb_request req;
		struct sb_err err;

		assert_int_equal(parse(bad[i].text, &req, &err), -1);
		assert_int_equal(err.code, SB_EINPUT);
		if (!strstr(err.msg, bad[i].part))
			fail_msg("\"%s\" does not say \"%s\"", err.msg, bad[i].part);
	}
}

static void test_bulk_flow(void **state)
{
	struct sb_request req;
	struct sb_err err;

	(void)state;
	assert_int_equal(parse("{'op':'prepare','sample_ns':1e8,'flows':[{'id':4,'role':'client',"
			       "'kind':'bulk','dir':'down','streams':3,'cc':'cubic',"
			       "'address':'fd00::1','port':5201,'start_ns':0,"
			       "'duration_ns':1.5e+10,'rate_bps':0,'packet_bytes':0}]}",
			       &req, &err),
			 0);
	assert_int_equal(req.op, SB_OP_PREPARE);
	assert_int_equal(req.sample_ns, 100000000);
	assert_int_equal(req.flow_count, 1);
	assert_int_equal(req.flows[0].id, 4);
	assert_true(req.flows[0].is_client);
	assert_true(req.flows[0].is_down);
	assert_int_equal(req.flows[0].kind, SB_SPEC_BULK);
	assert_false(sb_flow_sends(&req.flows[0]));
	assert_int_equal(req.flows[0].streams, 3);
	assert_string_equal(req.flows[0].cc, "cubic");
	assert_int_equal(req.flows[0].server.sa.ss_family, AF_INET6);
	assert_int_equal(req.flows[0].server.port, 5201);
	assert_int_equal(req.flows[0].duration_ns, INT64_C(15000000000));
	sb_request_fini(&req);
}

static void test_stream_flow(void **state)
{
	struct sb_request req;
	struct sb_err err;

	(void)state;
	assert_int_equal(parse("{'op':'prepare','sample_ns':100000000,'flows':[{'id':0,"
			       "'role':'server','kind':'stream','dir':'down','address':'192.0.2.1',"
			       "'port':9,'start_ns':5,'duration_ns':7,'rate_bps':8000000,"
			       "'packet_bytes':24}]}",
			       &req, &err),
			 0);
	assert_int_equal(req.flows[0].kind, SB_SPEC_STREAM);
	assert_true(sb_flow_sends(&req.flows[0]));
	assert_int_equal(req.flows[0].rate_bps, 8000000);
	assert_int_equal(req.flows[0].packet_bytes, 24);
	assert_int_equal(req.flows[0].server.sa.ss_family, AF_INET);
	assert_int_equal(ntohs(((struct sockaddr_in *)&req.flows[0].server.sa)->sin_port), 9);
	sb_request_fini(&req);
}

static void test_session_flow(void **state)
{
	struct sb_request req;
	struct sb_err err;

	(void)state;
	assert_int_equal(
	    parse("{'op':'prepare','sample_ns':100000000,'flows':[{'id':1,"
		  "'role':'server','kind':'session','dir':'down','address':'fd5a::1',"
		  "'port':5202,'start_ns':0,'duration_ns':7,'path':'session.down',"
		  "'first_port':20007,'through':'relay','peer':'fd5a::2','cc':'reno'}]}",
		  &req, &err),
	    0);
	assert_int_equal(req.flows[0].kind, SB_SPEC_SESSION);
	assert_string_equal(req.flows[0].path, "session.down");
	assert_string_equal(req.flows[0].cc, "reno");
	assert_true(req.flows[0].relayed);
	assert_int_equal(req.flows[0].first_port, 20007);
	assert_int_equal(req.flows[0].peer.sa.ss_family, AF_INET6);
	sb_request_fini(&req);
}

static void test_the_rest(void **state)
{
	struct sb_request req;
	struct sb_err err;

	(void)state;
	assert_int_equal(parse("{'op':'train','id':8,'address':'::1','packets':64,'bytes':1472,"
			       "'at_ns':123456789012345}",
			       &req, &err),
			 0);
	assert_int_equal(req.train.id, 8);
	assert_int_equal(req.train.packets, 64);
	assert_int_equal(req.train.bytes, 1472);
	assert_int_equal(req.train.at_ns, INT64_C(123456789012345));
	assert_int_equal(req.train.to.port, 9);
	/* Above 2^53: an integer is exact. */
	assert_int_equal(parse("{'op':'start','t0_ns':9007199254740993}", &req, &err), 0);
	assert_int_equal(req.t0_ns, INT64_C(9007199254740993));
	assert_int_equal(parse("{'op':'stop'}", &req, &err), 0);
	assert_int_equal(req.op, SB_OP_STOP);
	assert_int_equal(parse("{'op':'quit','more':1}", &req, &err), 0);
	assert_int_equal(req.op, SB_OP_QUIT);
}

#define PREPARE(flow) "{'op':'prepare','sample_ns':100000000,'flows':[" flow "]}"
#define FLOW(rest)                                                                           \
	"{'id':0,'role':'client','address':'192.0.2.1','port':1,'start_ns':0,'duration_ns':" \
	"1," rest "}"

static void test_rejected_with_the_field_named(void **state)
{
	static const struct {
		const char *line, *says;
	} cases[] = {
	    {"", "not a JSON object"},
	    {"7", "not a JSON object"},
	    {"{'op':'stop'} x", "not a JSON object"},
	    {"{'op':'stop','op':'quit'}", "not a JSON object"},
	    {"{}", "\"op\" is missing"},
	    {"{'op':null}", "\"op\" is not a string"},
	    {"{'op':'stopstopstopstopstop'}", "\"op\" is longer"},
	    {"{'op':'jump'}", "unknown \"op\" \"jump\""},
	    {"{'op':'setup','interfaces':[]}", "\"node\" is missing"},
	    {"{'op':'setup','node':'a b','interfaces':[]}", "\"node\" has characters"},
	    {"{'op':'setup','node':'n','interfaces':'eth0'}", "\"interfaces\" is not a list"},
	    {"{'op':'setup','node':'n','interfaces':[3]}", "\"interfaces\" is not a string"},
	    {"{'op':'setup','node':'n','interfaces':['']}", "empty name"},
	    {"{'op':'setup','node':'n','interfaces':['abcdefghijklmnop']}", "longer than 15"},
	    {"{'op':'start','t0_ns':1.5}", "\"t0_ns\" is not an integer"},
	    {"{'op':'start','t0_ns':1e300}", "\"t0_ns\" is not an integer"},
	    {"{'op':'start','t0_ns':-1}", "\"t0_ns\" is -1, not within"},
	    {"{'op':'start','t0_ns':true}", "\"t0_ns\" is not an integer"},
	    {"{'op':'prepare','flows':[]}", "\"sample_ns\" is missing"},
	    {"{'op':'prepare','sample_ns':1000,'flows':[]}", "\"sample_ns\" is 1000"},
	    {"{'op':'prepare','sample_ns':100000000,'flows':{}}", "\"flows\" is not a list"},
	    {PREPARE("1"), "flows[0]: not an object"},
	    {PREPARE("{}"), "flows[0]: \"id\" is missing"},
	    {PREPARE("{'id':0,'role':'relay'}"), "neither \"server\" nor \"client\""},
	    {PREPARE(FLOW("'kind':'ftp','dir':'up'")), "not bulk, stream, file, rr or session"},
	    {PREPARE(FLOW("'kind':'session','dir':'up','path':'s','first_port':80")),
	     "\"first_port\" is 80"},
	    {PREPARE(FLOW("'kind':'session','dir':'up','path':'s','first_port':20000,"
			  "'through':'link','peer':'here'")),
	     "\"peer\" is \"here\", neither an IPv4"},
	    {PREPARE(FLOW("'kind':'file','dir':'up'")), "\"size_bytes\" is missing"},
	    {PREPARE(FLOW("'kind':'rr','dir':'down','transport':'sctp'")),
	     "neither \"tcp\" nor \"udp\""},
	    {PREPARE(FLOW("'kind':'rr','dir':'down','transport':'udp','request_bytes':23")),
	     "not within 24"},
	    {"{'op':'run','id':1,'argv':[]}", "\"argv\" is empty"},
	    {"{'op':'run','id':1,'argv':['a',2]}", "argv[1] is not a string"},
	    {"{'op':'run','id':1,'argv':['a'],'env':['=x']}", "not NAME=VALUE"},
	    {"{'op':'run','id':1,'argv':['a'],'tty':1}", "neither true nor false"},
	    {"{'op':'input','id':1,'data':'x'}", "not base64"},
	    {"{'op':'signal','id':1,'signal':0}", "not within 1"},
	    {"{'op':'close','id':1,'fd':0}", "not within 1 and 2"},
	    {"{'op':'file','path':'','data':''}", "not a path"},
	    {"{'op':'file','path':'x','mode':2541,'data':''}", "not within"},
	    {"{'op':'listens','port':65536}", "not within"},
	    {PREPARE(FLOW("'kind':'bulk','dir':'both'")), "neither \"up\" nor \"down\""},
	    {PREPARE(FLOW("'kind':'bulk','dir':'up','streams':0")), "\"streams\" is 0"},
	    {PREPARE(FLOW("'kind':'bulk','dir':'up','streams':2000")), "\"streams\" is 2000"},
	    {PREPARE(FLOW("'kind':'bulk','dir':'up','cc':'abcdefghijklmnop'")), "\"cc\" is longer"},
	    {PREPARE(FLOW("'kind':'stream','dir':'up','rate_bps':1")),
	     "\"packet_bytes\" is missing"},
	    {PREPARE(FLOW("'kind':'stream','dir':'up','rate_bps':0,'packet_bytes':99")),
	     "\"rate_bps\" is 0"},
	    {PREPARE(FLOW("'kind':'stream','dir':'up','rate_bps':9,'packet_bytes':23")),
	     "\"packet_bytes\" is 23"},
	    {PREPARE("{'id':0,'role':'client','kind':'bulk','dir':'up','port':0}"),
	     "\"port\" is 0"},
	    {PREPARE("{'id':0,'role':'client','kind':'bulk','dir':'up','port':1,"
		     "'address':'localhost'}"),
	     "neither an IPv4 nor an IPv6 address"},
	    {PREPARE(FLOW("'kind':'bulk','dir':'up'") "," FLOW("'kind':'bulk','dir':'up'")),
	     "flows[1]: \"id\" 0 again"},
	    {"{'op':'rtt','id':1,'packets':101,'give_up_ns':1,'address':'::1'}", "\"packets\""},
	    {"{'op':'rtt','id':1,'packets':1,'give_up_ns':1000000001,'address':'::1'}",
	     "\"give_up_ns\""},
	    {"{'op':'train','id':1,'packets':0,'bytes':1,'at_ns':0,'address':'::1'}",
	     "\"packets\" is 0"},
	    {"{'op':'train','id':1,'packets':1,'bytes':65508,'at_ns':0,'address':'::1'}",
	     "\"bytes\" is 65508"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct sb_request req = {.op = SB_OP_QUIT, .t0_ns = 77};
		struct sb_err err;

		assert_int_equal(parse(cases[i].line, &req, &err), -1);
		assert_int_equal(err.code, SB_EINPUT);
		if (!strstr(err.msg, cases[i].says))
			fail_msg("%s\n\"%s\" does not say \"%s\"", cases[i].line, err.msg,
				 cases[i].says);
		assert_int_equal(req.t0_ns, 77);
		assert_null(req.flows);
	}
}

static void test_deep_nesting_is_no_danger(void **state)
{
	static char line[1 << 20];
	struct sb_request req;
	struct sb_err err = {0};

	(void)state;
	memset(line, '[', sizeof(line));
	assert_int_equal(sb_request_parse(line, sizeof(line), &req, &err), -1);
	assert_int_equal(err.code, SB_EINPUT);
}

static void test_pattern(void **state)
{
	static const char good[] =
	    "{\"op\":\"pattern\",\"path\":\"file1.bin\",\"bytes\":10,\"seed\":7,\"check\":true}";
	static const char *const bad[] = {
	    "{\"op\":\"pattern\",\"bytes\":10,\"seed\":7}",
	    "{\"op\":\"pattern\",\"path\":\"x\",\"bytes\":-1,\"seed\":7}",
	    "{\"op\":\"pattern\",\"path\":\"x\",\"bytes\":1,\"seed\":7,\"check\":1}",
	};
	struct sb_request req = {0};
	struct sb_err err = {0};

	(void)state;
	assert_int_equal(sb_request_parse(good, strlen(good), &req, &err), 0);
	assert_int_equal(req.op, SB_OP_PATTERN);
	assert_string_equal(req.command.path, "file1.bin");
	assert_int_equal(req.command.bytes, 10);
	assert_true(req.command.eof && req.command.seed == 7);
	sb_request_fini(&req);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(sb_request_parse(bad[i], strlen(bad[i]), &req, &err), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_setup),
	    cmocka_unit_test(test_setup_with_arrangement),
	    cmocka_unit_test(test_refused_arrangements),
	    cmocka_unit_test(test_bulk_flow),
	    cmocka_unit_test(test_stream_flow),
	    cmocka_unit_test(test_session_flow),
	    cmocka_unit_test(test_the_rest),
	    cmocka_unit_test(test_pattern),
	    cmocka_unit_test(test_rejected_with_the_field_named),
	    cmocka_unit_test(test_deep_nesting_is_no_danger),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
