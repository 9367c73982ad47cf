/* Asks a server on loopback for something, many times and by many clients, and says how it went.
 *
 *   cc -O2 -o load load.c
 *   ./load answer 7070 request.http answer.http
 *   ./load requests 7070 request.http 16 5
 *   ./load storm 7070 TOKEN 1000 20 1000 0
 *
 * `answer` sends the bytes of a file and writes what comes back into another.
 * `requests` sends them over so many connections for so many seconds, a new request when an answer
 * is there, the first half second not counted.
 * `storm` has so many runs of so many steps submitted over 16 connections while so many clients
 * follow `/api/v1/events` and so many hang: every third sends its header a byte a second, every
 * third follows and reads nothing, every third asks for one page after another and reads nothing.
 * It ends when every follower has heard of the end of every run, or is cut off, or half a minute is over.
 *
 * One thread, epoll. Prints one line of JSON; times are in milliseconds. The lag of an event is the
 * time from the end of a run, as the run says it, to the moment a follower has read of it.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum kind { ASKER, FOLLOWER, TRICKLER, DEAF };

struct client {
    int socket;
    enum kind kind;
    bool is_over;
    /* The request. */
    const char *request;
    size_t length, sent;
    double asked_at;
    /* The answer: its header until it is whole, then how much of the body is missing. */
    char head[8192];
    size_t head_length;
    bool has_head;
    long missing;
    /* A follower's stream: the chunk it is in, and the line. */
    char size[20];
    size_t size_length;
    long in_chunk;
    char *line;
    size_t line_length, line_room;
    int ended, resets;
};

static int port, epoll;
static char buffer[1 << 18];
static double *times;
static size_t time_count, time_room;
static long wrong, events, ended_events;
static int64_t first_made = INT64_MAX, last_ended;

static void fail(const char *what)
{
    fprintf(stderr, "load: %s: %s\n", what, strerror(errno));
    exit(1);
}

static double now(clockid_t clock)
{
    struct timespec time;
    clock_gettime(clock, &time);
    return time.tv_sec * 1e3 + time.tv_nsec / 1e6;
}

static void note(double milliseconds)
{
    if (time_count == time_room) {
        time_room = time_room ? time_room * 2 : 1 << 16;
        times = realloc(times, time_room * sizeof *times);
    }
    times[time_count++] = milliseconds;
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double percentile(double share)
{
    return time_count ? times[(size_t)((time_count - 1) * share)] : 0;
}

static char *contents(const char *path, size_t *length)
{
    FILE *file = fopen(path, "rb");
    if (!file) fail(path);
    fseek(file, 0, SEEK_END);
    *length = ftell(file);
    rewind(file);
    char *bytes = malloc(*length + 1);
    if (fread(bytes, 1, *length, file) != *length) fail(path);
    bytes[*length] = 0;
    fclose(file);
    return bytes;
}

static int connected(bool is_deaf)
{
    int socket_ = socket(AF_INET, SOCK_STREAM, 0), yes = 1, little = 4096;
    if (socket_ < 0) fail("socket");
    /* Who does not read has little room for what comes. */
    if (is_deaf) setsockopt(socket_, SOL_SOCKET, SO_RCVBUF, &little, sizeof little);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    if (connect(socket_, (struct sockaddr *)&address, sizeof address)) fail("connect");
    setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    fcntl(socket_, F_SETFL, O_NONBLOCK);
    return socket_;
}

static void ask(struct client *client)
{
    client->sent = 0;
    client->has_head = false;
    client->head_length = 0;
    client->asked_at = now(CLOCK_MONOTONIC);
    ssize_t sent = send(client->socket, client->request, client->length, MSG_NOSIGNAL);
    if (sent != (ssize_t)client->length) fail("send");
}

static struct client *start(enum kind kind, const char *request, size_t length)
{
    struct client *client = calloc(1, sizeof *client);
    client->socket = connected(kind == DEAF);
    client->kind = kind;
    client->request = request;
    client->length = length;
    struct epoll_event interest = {.events = EPOLLIN, .data.ptr = client};
    if (kind != DEAF && epoll_ctl(epoll, EPOLL_CTL_ADD, client->socket, &interest)) fail("epoll");
    return client;
}

/* Takes the header in; returns how many of the bytes were of it. */
static size_t take_head(struct client *client, const char *bytes, size_t count)
{
    size_t before = client->head_length, room = sizeof client->head - 1 - before;
    size_t taken = count < room ? count : room;
    memcpy(client->head + before, bytes, taken);
    client->head[before + taken] = 0;
    char *end = strstr(client->head, "\r\n\r\n");
    if (!end) {
        client->head_length = before + taken;
        return taken;
    }
    client->has_head = true;
    size_t used = end + 4 - client->head - before;
    end[2] = 0;
    if (client->head[9] != '2') wrong++;
    char *length = strcasestr(client->head, "content-length:");
    client->missing = length ? atol(length + 15) : 0;
    return used;
}

/* True: an answer is whole. */
static bool take_answer(struct client *client, const char *bytes, size_t count)
{
    if (!client->has_head) {
        size_t used = take_head(client, bytes, count);
        bytes += used;
        count -= used;
        if (!client->has_head) return false;
    }
    client->missing -= (long)count;
    return client->missing <= 0;
}

/* "2026-03-01T10:00:00.123Z" after a key, in milliseconds since 1970; -1: null. */
static int64_t moment(const char *line, const char *key)
{
    const char *at = strstr(line, key);
    struct tm time = {0};
    if (!at) return -1;
    const char *rest = strptime(at + strlen(key), "%Y-%m-%dT%H:%M:%S", &time);
    if (!rest) return -1;
    double fraction = *rest == '.' ? strtod(rest, NULL) : 0;
    return (int64_t)timegm(&time) * 1000 + (int64_t)(fraction * 1000 + 0.5);
}

static void take_line(struct client *client, bool is_first)
{
    const char *line = client->line;
    if (!strncmp(line, "event: ", 7)) {
        events++;
        if (!strcmp(line, "event: reset")) client->resets++;
    }
    if (strncmp(line, "data: ", 6) || !strstr(line, "\"status\":\"completed\"")) return;
    int64_t ended = moment(line, "\"finished_at\":\"");
    if (ended < 0) return;
    client->ended++;
    ended_events++;
    note(now(CLOCK_REALTIME) - (double)ended);
    if (!is_first) return;
    int64_t made = moment(line, "\"created_at\":\"");
    if (made < first_made) first_made = made;
    if (ended > last_ended) last_ended = ended;
}

static void take_text(struct client *client, const char *text, size_t count, bool is_first)
{
    while (count) {
        const char *end = memchr(text, '\n', count);
        size_t piece = end ? (size_t)(end - text) : count;
        if (client->line_length + piece + 1 > client->line_room) {
            client->line_room = (client->line_length + piece + 1) * 2;
            client->line = realloc(client->line, client->line_room);
        }
        memcpy(client->line + client->line_length, text, piece);
        client->line_length += piece;
        client->line[client->line_length] = 0;
        if (!end) return;
        if (client->line_length) take_line(client, is_first);
        client->line_length = 0;
        text += piece + 1;
        count -= piece + 1;
    }
}

/* The chunked coding (RFC 9112, 7.1) of a follower's answer. */
static void take_stream(struct client *client, const char *bytes, size_t count, bool is_first)
{
    if (!client->has_head) {
        size_t used = take_head(client, bytes, count);
        bytes += used;
        count -= used;
    }
    while (count) {
        if (client->in_chunk > 2) {
            size_t piece = count < (size_t)client->in_chunk - 2 ? count : (size_t)client->in_chunk - 2;
            take_text(client, bytes, piece, is_first);
            client->in_chunk -= (long)piece;
            bytes += piece;
            count -= piece;
        } else if (client->in_chunk > 0) {
            /* The line's end after a chunk. */
            client->in_chunk--;
            bytes++;
            count--;
        } else {
            char byte = *bytes++;
            count--;
            if (byte != '\n') {
                if (client->size_length < sizeof client->size - 1) client->size[client->size_length++] = byte;
                continue;
            }
            client->size[client->size_length] = 0;
            client->size_length = 0;
            client->in_chunk = strtol(client->size, NULL, 16) + 2;
        }
    }
}

/* Reads what is there. False: the other end has closed. */
static bool take(struct client *client, bool is_first)
{
    ssize_t count = recv(client->socket, buffer, sizeof buffer, 0);
    if (count < 0 && errno == EAGAIN) return true;
    if (count <= 0) return false;
    if (client->kind == FOLLOWER) take_stream(client, buffer, count, is_first);
    if (client->kind == ASKER && take_answer(client, buffer, count)) client->is_over = true;
    return true;
}

static void leave(struct client *client)
{
    epoll_ctl(epoll, EPOLL_CTL_DEL, client->socket, NULL);
    close(client->socket);
    client->is_over = true;
}

static int answer(const char *request_path, const char *path)
{
    size_t length;
    char *request = contents(request_path, &length);
    struct client *client = start(ASKER, request, length);
    ask(client);
    FILE *file = fopen(path, "wb");
    if (!file) fail(path);
    while (!client->is_over) {
        struct epoll_event event;
        epoll_wait(epoll, &event, 1, -1);
        ssize_t count = recv(client->socket, buffer, sizeof buffer, 0);
        if (count <= 0) fail("the server closed");
        fwrite(buffer, 1, count, file);
        if (take_answer(client, buffer, count)) client->is_over = true;
    }
    fclose(file);
    printf("{\"wrong\":%ld}\n", wrong);
    return wrong != 0;
}

static int requests(const char *request_path, int connections, double seconds)
{
    size_t length;
    char *request = contents(request_path, &length);
    for (int index = 0; index < connections; index++) ask(start(ASKER, request, length));
    double begin = now(CLOCK_MONOTONIC) + 500, end = begin + seconds * 1e3, moment = 0;
    while ((moment = now(CLOCK_MONOTONIC)) < end) {
        struct epoll_event ready[64];
        int count = epoll_wait(epoll, ready, 64, 100);
        for (int index = 0; index < count; index++) {
            struct client *client = ready[index].data.ptr;
            if (!take(client, false)) fail("the server closed");
            if (!client->is_over) continue;
            double there = now(CLOCK_MONOTONIC);
            if (there >= begin) note(there - client->asked_at);
            client->is_over = false;
            ask(client);
        }
    }
    qsort(times, time_count, sizeof *times, ascending);
    printf("{\"per_s\":%.1f,\"p50_ms\":%.3f,\"p99_ms\":%.3f,\"wrong\":%ld}\n",
        time_count / seconds, percentile(0.5), percentile(0.99), wrong);
    return 0;
}

static char *written(size_t *length, const char *line, const char *token, const char *body)
{
    char *text;
    *length = asprintf(&text, "%s HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n\r\n%s",
        line, token, strlen(body), body);
    return text;
}

static char *definition(int steps)
{
    char *text = malloc(64 + steps * 16), *end = text;
    end += sprintf(end, "{\"definition\":{\"saga\":\"storm\",\"steps\":[");
    for (int step = 0; step < steps; step++) end += sprintf(end, "%s\"core.echo\"", step ? "," : "");
    sprintf(end, "]}}");
    return text;
}

/* Waits until every follower's stream has begun. */
static void gather(struct client **followers, int count)
{
    for (int index = 0; index < count; index++)
        while (!followers[index]->has_head) {
            struct epoll_event event;
            epoll_wait(epoll, &event, 1, -1);
            if (!take(event.data.ptr, false)) fail("the server closed");
        }
}

static void trickle(struct client **slow, int count)
{
    for (int index = 0; index < count; index++) {
        struct client *client = slow[index];
        if (client->kind == TRICKLER && client->sent < client->length - 1)
            client->sent += send(client->socket, client->request + client->sent, 1, MSG_NOSIGNAL) == 1;
    }
}

static int storm(const char *token, int runs, int steps, int follower_count, int slow_count)
{
    size_t submit_length, follow_length, page_length;
    char *submit = written(&submit_length, "POST /api/v1/runs", token, definition(steps));
    char *follow = written(&follow_length, "GET /api/v1/events", token, "");
    char *page = written(&page_length, "GET /api/v1/inventory", token, "");
    struct client **slow = calloc(slow_count + 1, sizeof *slow);
    for (int index = 0; index < slow_count; index++) {
        bool is_trickler = index % 3 == 0, follows = index % 3 == 1;
        slow[index] = start(is_trickler ? TRICKLER : DEAF, follows ? follow : page, follows ? follow_length : page_length);
        if (!is_trickler)
            for (int time = 0; time < (follows ? 1 : 4); time++) ask(slow[index]);
    }
    struct client **followers = calloc(follower_count + 1, sizeof *followers);
    for (int index = 0; index < follower_count; index++) ask(followers[index] = start(FOLLOWER, follow, follow_length));
    gather(followers, follower_count);
    int submitted = 0, complete = 0, cut = 0;
    for (; submitted < 16 && submitted < runs; submitted++) ask(start(ASKER, submit, submit_length));
    double begin = now(CLOCK_MONOTONIC), trickled = begin;
    while (complete + cut < follower_count && now(CLOCK_MONOTONIC) - begin < 30e3) {
        struct epoll_event ready[256];
        int count = epoll_wait(epoll, ready, 256, 100);
        for (int index = 0; index < count; index++) {
            struct client *client = ready[index].data.ptr;
            int before = client->ended;
            if (!take(client, client == followers[0])) {
                if (client->kind == FOLLOWER && client->ended < runs) cut++;
                leave(client);
                continue;
            }
            if (client->kind == FOLLOWER && before < runs && client->ended >= runs) complete++;
            if (client->kind == ASKER && client->is_over) {
                client->is_over = false;
                if (submitted < runs) {
                    submitted++;
                    ask(client);
                } else leave(client);
            }
        }
        if (now(CLOCK_MONOTONIC) - trickled >= 1e3) {
            trickled = now(CLOCK_MONOTONIC);
            trickle(slow, slow_count);
        }
    }
    int resets = 0;
    for (int index = 0; index < follower_count; index++) resets += followers[index]->resets;
    qsort(times, time_count, sizeof *times, ascending);
    double seconds = (last_ended - first_made) / 1e3;
    printf("{\"complete\":%d,\"cut\":%d,\"resets\":%d,\"events\":%ld,\"ends\":%ld,\"seconds\":%.3f,\"steps_per_s\":%.1f,\"p50_ms\":%.1f,\"p99_ms\":%.1f,\"wrong\":%ld}\n",
        complete, cut, resets, events, ended_events, seconds, (double)runs * steps / seconds, percentile(0.5), percentile(0.99), wrong);
    return 0;
}

int main(int count, char **words)
{
    struct rlimit files = {8192, 8192};
    setrlimit(RLIMIT_NOFILE, &files);
    epoll = epoll_create1(0);
    if (count > 2) port = atoi(words[2]);
    if (count == 5 && !strcmp(words[1], "answer")) return answer(words[3], words[4]);
    if (count == 6 && !strcmp(words[1], "requests")) return requests(words[3], atoi(words[4]), atof(words[5]));
    if (count == 8 && !strcmp(words[1], "storm")) return storm(words[3], atoi(words[4]), atoi(words[5]), atoi(words[6]), atoi(words[7]));
    fprintf(stderr, "usage: load answer PORT REQUEST FILE | requests PORT REQUEST CONNECTIONS SECONDS | storm PORT TOKEN RUNS STEPS FOLLOWERS SLOW\n");
    return 64;
}
