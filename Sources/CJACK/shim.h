#include <jack/jack.h>
#include <jack/metadata.h>
#include <jack/midiport.h>
#include <jack/thread.h>

/// Swift cannot call the variadic jack_client_open. `server` NULL: $JACK_DEFAULT_SERVER, or "default".
static inline jack_client_t *continuo_jack_client_open(
    const char *name, jack_options_t options, const char *server, jack_status_t *status) {
    return server ? jack_client_open(name, (jack_options_t)(options | JackServerName), status, server)
                  : jack_client_open(name, options, status);
}

/// Swift takes the global names of properties for variables that any thread may change. 0, or -1 where none are kept.
static inline int continuo_jack_describe(
    jack_client_t *client, jack_port_t *port, const char *pretty_name, const char *order) {
    jack_uuid_t subject = jack_port_uuid(port);
    if (jack_set_property(client, subject, JACK_METADATA_PRETTY_NAME, pretty_name, "text/plain") != 0) return -1;
    return jack_set_property(client, subject, JACK_METADATA_ORDER, order, "http://www.w3.org/2001/XMLSchema#int");
}

static inline int continuo_jack_forget(jack_client_t *client, jack_port_t *port) {
    return jack_remove_properties(client, jack_port_uuid(port));
}
