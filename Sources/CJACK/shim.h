#include <jack/jack.h>
#include <jack/midiport.h>
#include <jack/thread.h>

/// Swift cannot call the variadic jack_client_open. `server` NULL: $JACK_DEFAULT_SERVER, or "default".
static inline jack_client_t *continuo_jack_client_open(
    const char *name, jack_options_t options, const char *server, jack_status_t *status) {
    return server ? jack_client_open(name, (jack_options_t)(options | JackServerName), status, server)
                  : jack_client_open(name, options, status);
}
