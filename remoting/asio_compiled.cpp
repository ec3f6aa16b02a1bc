// The bodies of Asio, its TLS part and Beast, once for the whole process.
#include <boost/asio/impl/src.hpp>
#include <boost/asio/ssl/impl/src.hpp>
#include <boost/beast/src.hpp>
