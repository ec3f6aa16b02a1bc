// What nearly every test includes; compiled once for all of them.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include "remoting/precompiled.h"
