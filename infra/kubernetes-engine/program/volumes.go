package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	core "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/errors"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
)

const storageClass = "folder"

// Gives each claim of the class `folder` a folder of this machine, which all nodes share as they would a network's storage,
// and removes it with the claim. Arguments: a kubeconfig, and the folder for the folders. It ends when it is killed.
func provideVolumes(args []string) {
	config, err := clientcmd.BuildConfigFromFlags("", args[0])
	if err == nil {
		var client *kubernetes.Clientset
		if client, err = kubernetes.NewForConfig(config); err == nil {
			for {
				if err := provideOnce(client, args[1]); err != nil {
					fmt.Fprintln(os.Stderr, err)
				}
				time.Sleep(500 * time.Millisecond)
			}
		}
	}
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

func provideOnce(client *kubernetes.Clientset, root string) error {
	context, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	// From the API server's memory: asking twice a second costs etcd nothing.
	cached := meta.ListOptions{ResourceVersion: "0"}
	claims, err := client.CoreV1().PersistentVolumeClaims("").List(context, cached)
	if err != nil {
		return err
	}
	for _, claim := range claims.Items {
		if claim.Status.Phase != core.ClaimPending || claim.Spec.StorageClassName == nil || *claim.Spec.StorageClassName != storageClass {
			continue
		}
		folder := filepath.Join(root, string(claim.UID))
		// As other provisioners of local folders do: whoever the pod runs as can write, and nobody else gets there.
		if err := os.MkdirAll(folder, 0o755); err != nil {
			return err
		}
		if err := os.Chmod(folder, 0o777); err != nil {
			return err
		}
		_, err := client.CoreV1().PersistentVolumes().Create(context, volumeFor(&claim, folder), meta.CreateOptions{})
		if err != nil && !errors.IsAlreadyExists(err) {
			return err
		}
	}
	volumes, err := client.CoreV1().PersistentVolumes().List(context, cached)
	if err != nil {
		return err
	}
	for _, volume := range volumes.Items {
		if volume.Status.Phase != core.VolumeReleased || volume.Spec.StorageClassName != storageClass {
			continue
		}
		if err := os.RemoveAll(volume.Spec.HostPath.Path); err != nil {
			return err
		}
		err := client.CoreV1().PersistentVolumes().Delete(context, volume.Name, meta.DeleteOptions{})
		if err != nil && !errors.IsNotFound(err) {
			return err
		}
	}
	return nil
}

func volumeFor(claim *core.PersistentVolumeClaim, folder string) *core.PersistentVolume {
	return &core.PersistentVolume{
		ObjectMeta: meta.ObjectMeta{Name: "folder-" + string(claim.UID)},
		Spec: core.PersistentVolumeSpec{
			Capacity:         claim.Spec.Resources.Requests,
			AccessModes:      claim.Spec.AccessModes,
			StorageClassName: storageClass,
			// Not Delete: the volume controller would look for a provisioner of its own.
			PersistentVolumeReclaimPolicy: core.PersistentVolumeReclaimRetain,
			ClaimRef: &core.ObjectReference{
				APIVersion: "v1", Kind: "PersistentVolumeClaim",
				Namespace: claim.Namespace, Name: claim.Name, UID: claim.UID,
			},
			PersistentVolumeSource: core.PersistentVolumeSource{
				HostPath: &core.HostPathVolumeSource{Path: folder},
			},
		},
	}
}
