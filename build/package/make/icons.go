package main

import (
	"bytes"
	"fmt"
	"image"
	"image/png"
	"os"
	"path/filepath"

	"golang.org/x/image/draw"
)

// sizes are those that desktops of both systems ask for.
var sizes = []int{16, 24, 32, 48, 64, 128, 256, 512}

// icon reads the one icon that all others are made from.
func (m *maker) icon() (image.Image, error) {
	f, err := os.Open(filepath.Join(m.root, "build", "package", "appicon.png"))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	img, err := png.Decode(f)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", f.Name(), err)
	}
	return img, nil
}

// resized returns a square of a picture in another size.
func resized(img image.Image, size int) image.Image {
	if img.Bounds().Dx() == size {
		return img
	}
	to := image.NewNRGBA(image.Rect(0, 0, size, size))
	draw.CatmullRom.Scale(to, to.Bounds(), img, img.Bounds(), draw.Src, nil)
	return to
}

// themed writes the icon in all sizes into the folders of the hicolor theme below
// share.
func (m *maker) themed(share string) error {
	img, err := m.icon()
	if err != nil {
		return err
	}
	for _, size := range sizes {
		var data bytes.Buffer
		if err := png.Encode(&data, resized(img, size)); err != nil {
			return err
		}
		dir := filepath.Join(share, "icons", "hicolor", fmt.Sprintf("%dx%d", size, size), "apps")
		if err := write(filepath.Join(dir, "mortise.png"), data.Bytes(), 0o644); err != nil {
			return err
		}
	}
	return nil
}
