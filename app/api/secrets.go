package api

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"maps"
	"slices"
	"strconv"

	"mortise/runtime/config"
	"mortise/runtime/fault"
	"mortise/runtime/secret"
	"mortise/runtime/spec"
)

// fromEnvironment is Secret.From where a variable gives the value.
const fromEnvironment = "environment"

// secrets returns the secrets that the project needs or has, sorted by name. With
// an error it has those that are needed.
func (o *opened) secrets(ctx context.Context, p *config.Project) ([]Secret, error) {
	all := map[string]*Secret{}
	get := func(name string) *Secret {
		if all[name] == nil {
			all[name] = &Secret{Name: name}
		}
		return all[name]
	}
	if p != nil {
		for _, d := range p.Documents {
			c, ok := newConfig(d.Kind, d.Type)
			if !ok {
				continue
			}
			_ = d.Decode(c) // what is wrong with it is reported elsewhere
			for _, s := range spec.Secrets(c) {
				get(s.Name).need(noun(d.Kind) + " " + strconv.Quote(d.Name))
			}
		}
		checked := o.Checker.Check(ctx, p.Source)
		for _, u := range checked.Uses {
			if u.Family == "secret" {
				get(u.Name).need(userOf(checked, u))
			}
		}
	}
	kept, err := o.SecretFile.Names(ctx)
	for _, name := range kept {
		get(name).Set = true
	}
	out := []Secret{}
	for _, name := range slices.Sorted(maps.Keys(all)) {
		x := *all[name]
		if value, found := o.s.o.Machine.Lookup(secret.EnvName(name)); found {
			x.Set, x.From = value != "", fromEnvironment
		}
		out = append(out, x)
	}
	return out, err
}

func (x *Secret) need(by string) {
	x.Needed = true
	if !slices.Contains(x.By, by) {
		x.By = append(x.By, by)
	}
}

// ListSecrets returns the secrets that the project needs or has.
func (s *Studio) ListSecrets(ctx context.Context, _ None) (SecretList, error) {
	o, err := s.open()
	if err != nil {
		return SecretList{}, err
	}
	p, _ := o.Load(ctx) // a project that cannot be read needs none, and may have some
	all, err := o.secrets(ctx, p)
	return SecretList{all}, err
}

// WriteSecret sets a secret; what uses it is opened again.
func (s *Studio) WriteSecret(ctx context.Context, in SecretEdit) (None, error) {
	o, err := s.open()
	if err != nil {
		return None{}, err
	}
	return None{}, o.setSecret(ctx, in.Name, in.Value)
}

func (o *opened) setSecret(ctx context.Context, name, value string) error {
	if value == "" {
		return fault.New(fault.Invalid, "secret.empty", "the value of the secret %q is empty", name)
	}
	if err := o.fromHere(name); err != nil {
		return err
	}
	if err := o.SecretFile.Set(ctx, name, value); err != nil {
		return err
	}
	return o.secretsChanged(ctx)
}

// fromHere returns an error where the environment gives the value of a secret, so
// that one that is kept here would have no effect.
func (o *opened) fromHere(name string) error {
	if _, found := o.s.o.Machine.Lookup(secret.EnvName(name)); found {
		return fault.New(fault.Conflict, "secret.environment", "the secret %q is given by the variable %s", name, secret.EnvName(name)).
			WithHint("change it there, or take the variable away and start the Studio again")
	}
	return nil
}

// secretsChanged makes what uses secrets be opened again, and waits for it.
func (o *opened) secretsChanged(ctx context.Context) error {
	o.deploy()
	o.changed("live", "objects", "tutorial")
	return o.settled(ctx)
}

// secretBytes is the length of a new secret: no one guesses it.
const secretBytes = 32

// GenerateSecret sets a secret to a new random value and returns it, once.
func (s *Studio) GenerateSecret(ctx context.Context, in Name) (Generated, error) {
	o, err := s.open()
	if err != nil {
		return Generated{}, err
	}
	var b [secretBytes]byte
	_, _ = rand.Read(b[:]) // never fails, it ends the program instead
	value := base64.RawURLEncoding.EncodeToString(b[:])
	if err := o.setSecret(ctx, in.Name, value); err != nil {
		return Generated{}, err
	}
	return Generated{Name: in.Name, Value: value}, nil
}

// DeleteSecret deletes a secret from this machine.
func (s *Studio) DeleteSecret(ctx context.Context, in Name) (None, error) {
	o, err := s.open()
	if err != nil {
		return None{}, err
	}
	if err := o.fromHere(in.Name); err != nil {
		return None{}, err
	}
	if err := o.SecretFile.Delete(ctx, in.Name); err != nil {
		return None{}, err
	}
	return None{}, o.secretsChanged(ctx)
}
