// Package schedule runs jobs: services at given times. The times of a job depend
// on its config alone, so that every process of a cluster computes the same
// ones; each tick is published to the bus under an ID made of the job and the
// time, and the one durable consumer of the bus runs it. One-time jobs lie in
// the bus until they are due and so survive a restart.
//
// # Promises
//
// A tick that the bus accepted is run once, or once more where the process was
// killed under it and the job makes up for missed times (missed: once or all);
// with missed: skip, a run that was cut off is recorded as lost and not
// repeated. One-time jobs and runs started by hand are repeated until they end,
// after ten attempts that the process did not survive they become dead letters
// of the bus. A run that ends with an error has ended.
//
// # Clocks
//
// A clock that is put forward makes the times in between missed ones. One that
// is put back by less than five minutes repeats nothing; by more, intervals and
// cron expressions that let every hour through go on at once, and jobs with
// fixed hours do not run a second time at an hour that they had.
package schedule
