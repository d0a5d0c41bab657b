// How evenly a client of ALSA's sequencer passes notes through. Sends notes to INPUT and waits for each to come out of
// OUTPUT; prints the milliseconds between, and fails if they are once more than 2. A client with cycles of 1 ms owes 1 ms; what goes beyond is the time that threads,
// this one among them, take to wake.
//
//   probe CLIENT:INPUT CLIENT:OUTPUT NOTES
#include <alsa/asoundlib.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static void must(int code, const char *what) {
    if (code >= 0) return;
    fprintf(stderr, "probe: %s: %s\n", what, snd_strerror(code));
    exit(1);
}

static int port(snd_seq_t *seq, const char *name, unsigned capabilities) {
    int port = snd_seq_create_simple_port(
        seq, name, capabilities, SND_SEQ_PORT_TYPE_MIDI_GENERIC | SND_SEQ_PORT_TYPE_APPLICATION);
    must(port, name);
    return port;
}

static double milliseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1e3 + now.tv_nsec / 1e6;
}

static int ascending(const void *a, const void *b) {
    double difference = *(const double *)a - *(const double *)b;
    return difference < 0 ? -1 : difference > 0;
}

int main(int count, char **words) {
    snd_seq_t *seq;
    snd_seq_addr_t input, output;
    if (count != 4) return 64;
    int notes = atoi(words[3]);
    double *delays = calloc(notes, sizeof *delays);
    must(snd_seq_open(&seq, "default", SND_SEQ_OPEN_DUPLEX, SND_SEQ_NONBLOCK), "open");
    snd_seq_set_client_name(seq, "probe");
    int sender = port(seq, "sender", SND_SEQ_PORT_CAP_READ | SND_SEQ_PORT_CAP_SUBS_READ);
    int listener = port(seq, "listener", SND_SEQ_PORT_CAP_WRITE | SND_SEQ_PORT_CAP_SUBS_WRITE);
    must(snd_seq_parse_address(seq, &input, words[1]), words[1]);
    must(snd_seq_parse_address(seq, &output, words[2]), words[2]);
    must(snd_seq_connect_to(seq, sender, input.client, input.port), words[1]);
    must(snd_seq_connect_from(seq, listener, output.client, output.port), words[2]);
    // Above the daemon's threads: its own waking should cost as little as possible.
    struct sched_param priority = {70};
    sched_setscheduler(0, SCHED_FIFO, &priority);
    struct pollfd files;
    snd_seq_poll_descriptors(seq, &files, 1, POLLIN);
    for (int note = 0; note < notes; note++) {
        // At every phase of a cycle.
        struct timespec pause = {0, 5000000 + 37000 * (note % 27)};
        nanosleep(&pause, NULL);
        snd_seq_event_t event, *answer;
        snd_seq_ev_clear(&event);
        snd_seq_ev_set_source(&event, sender);
        snd_seq_ev_set_subs(&event);
        snd_seq_ev_set_direct(&event);
        if (note % 2) snd_seq_ev_set_noteoff(&event, 15, 60, 1);
        else snd_seq_ev_set_noteon(&event, 15, 60, 1);
        double sent = milliseconds();
        must(snd_seq_event_output_direct(seq, &event), "send");
        do {
            if (poll(&files, 1, 2000) <= 0) {
                fprintf(stderr, "probe: note %d did not come back\n", note);
                return 1;
            }
            delays[note] = milliseconds() - sent;
        } while (snd_seq_event_input(seq, &answer) < 0 || answer->data.note.channel != 15);
    }
    qsort(delays, notes, sizeof *delays, ascending);
    printf("%d notes, ms: least %.3f, 1%% %.3f, median %.3f, 99%% %.3f, most %.3f\n", notes, delays[0],
           delays[notes / 100], delays[notes / 2], delays[notes - 1 - notes / 100], delays[notes - 1]);
    return delays[notes - 1] > 2;
}
