// Package fleet holds the tests of hubs, agents and services that run beside each
// other, and lose each other.
package fleet
