// What nearly every test includes; compiled once for all of them.
#pragma once

#include "remoting/precompiled.h"

#include <rapidcheck.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
