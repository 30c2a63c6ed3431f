//! The Go types of a Pod, as k8s.io/api v0.34.4 declares them.
//!
//! Made by `go run ./table` in tests/schema, which says how; not edited by hand.

use crate::schema::{
    Struct,
    Type::{Bool, Int32, Int64, IntOrString, List, Map, Object, Pointer, Quantity, Raw, String, Time},
    always, embedded, optional,
};

/// k8s.io/api/core/v1.Pod
pub static POD: Struct = Struct { name: "v1.Pod", fields: &[
    embedded("TypeMeta", &TYPE_META),
    always("ObjectMeta", "metadata", Object(&OBJECT_META)),
    always("Spec", "spec", Object(&POD_SPEC)),
    always("Status", "status", Object(&POD_STATUS)),
] };

/// k8s.io/apimachinery/pkg/apis/meta/v1.TypeMeta
pub static TYPE_META: Struct = Struct { name: "v1.TypeMeta", fields: &[
    optional("Kind", "kind", String),
    optional("APIVersion", "apiVersion", String),
] };

/// k8s.io/apimachinery/pkg/apis/meta/v1.ObjectMeta
pub static OBJECT_META: Struct = Struct { name: "v1.ObjectMeta", fields: &[
    optional("Name", "name", String),
    optional("GenerateName", "generateName", String),
    optional("Namespace", "namespace", String),
    optional("SelfLink", "selfLink", String),
    optional("UID", "uid", String),
    optional("ResourceVersion", "resourceVersion", String),
    optional("Generation", "generation", Int64),
    optional("CreationTimestamp", "creationTimestamp", Time),
    optional("DeletionTimestamp", "deletionTimestamp", Pointer(&Time)),
    optional("DeletionGracePeriodSeconds", "deletionGracePeriodSeconds", Pointer(&Int64)),
    optional("Labels", "labels", Map(&String)),
    optional("Annotations", "annotations", Map(&String)),
    optional("OwnerReferences", "ownerReferences", List(&Object(&OWNER_REFERENCE))).merged_by("uid"),
    optional("Finalizers", "finalizers", List(&String)).united(),
    optional("ManagedFields", "managedFields", List(&Object(&MANAGED_FIELDS_ENTRY))),
] };

/// k8s.io/apimachinery/pkg/apis/meta/v1.OwnerReference
pub static OWNER_REFERENCE: Struct = Struct { name: "v1.OwnerReference", fields: &[
    always("APIVersion", "apiVersion", String),
    always("Kind", "kind", String),
    always("Name", "name", String),
    always("UID", "uid", String),
    optional("Controller", "controller", Pointer(&Bool)),
    optional("BlockOwnerDeletion", "blockOwnerDeletion", Pointer(&Bool)),
] };

/// k8s.io/apimachinery/pkg/apis/meta/v1.ManagedFieldsEntry
pub static MANAGED_FIELDS_ENTRY: Struct = Struct { name: "v1.ManagedFieldsEntry", fields: &[
    optional("Manager", "manager", String),
    optional("Operation", "operation", String),
    optional("APIVersion", "apiVersion", String),
    optional("Time", "time", Pointer(&Time)),
    optional("FieldsType", "fieldsType", String),
    optional("FieldsV1", "fieldsV1", Pointer(&Raw)),
    optional("Subresource", "subresource", String),
] };

/// k8s.io/api/core/v1.PodSpec
pub static POD_SPEC: Struct = Struct { name: "v1.PodSpec", fields: &[
    optional("Volumes", "volumes", List(&Object(&VOLUME))).merged_by("name"),
    optional("InitContainers", "initContainers", List(&Object(&CONTAINER))).merged_by("name"),
    always("Containers", "containers", List(&Object(&CONTAINER))).merged_by("name"),
    optional("EphemeralContainers", "ephemeralContainers", List(&Object(&EPHEMERAL_CONTAINER))).merged_by("name"),
    optional("RestartPolicy", "restartPolicy", String),
    optional("TerminationGracePeriodSeconds", "terminationGracePeriodSeconds", Pointer(&Int64)),
    optional("ActiveDeadlineSeconds", "activeDeadlineSeconds", Pointer(&Int64)),
    optional("DNSPolicy", "dnsPolicy", String),
    optional("NodeSelector", "nodeSelector", Map(&String)),
    optional("ServiceAccountName", "serviceAccountName", String),
    optional("DeprecatedServiceAccount", "serviceAccount", String),
    optional("AutomountServiceAccountToken", "automountServiceAccountToken", Pointer(&Bool)),
    optional("NodeName", "nodeName", String),
    optional("HostNetwork", "hostNetwork", Bool),
    optional("HostPID", "hostPID", Bool),
    optional("HostIPC", "hostIPC", Bool),
    optional("ShareProcessNamespace", "shareProcessNamespace", Pointer(&Bool)),
    optional("SecurityContext", "securityContext", Pointer(&Object(&POD_SECURITY_CONTEXT))),
    optional("ImagePullSecrets", "imagePullSecrets", List(&Object(&LOCAL_OBJECT_REFERENCE))).merged_by("name"),
    optional("Hostname", "hostname", String),
    optional("Subdomain", "subdomain", String),
    optional("Affinity", "affinity", Pointer(&Object(&AFFINITY))),
    optional("SchedulerName", "schedulerName", String),
    optional("Tolerations", "tolerations", List(&Object(&TOLERATION))),
    optional("HostAliases", "hostAliases", List(&Object(&HOST_ALIAS))).merged_by("ip"),
    optional("PriorityClassName", "priorityClassName", String),
    optional("Priority", "priority", Pointer(&Int32)),
    optional("DNSConfig", "dnsConfig", Pointer(&Object(&POD_DNS_CONFIG))),
    optional("ReadinessGates", "readinessGates", List(&Object(&POD_READINESS_GATE))),
    optional("RuntimeClassName", "runtimeClassName", Pointer(&String)),
    optional("EnableServiceLinks", "enableServiceLinks", Pointer(&Bool)),
    optional("PreemptionPolicy", "preemptionPolicy", Pointer(&String)),
    optional("Overhead", "overhead", Map(&Quantity)),
    optional("TopologySpreadConstraints", "topologySpreadConstraints", List(&Object(&TOPOLOGY_SPREAD_CONSTRAINT))).merged_by("topologyKey"),
    optional("SetHostnameAsFQDN", "setHostnameAsFQDN", Pointer(&Bool)),
    optional("OS", "os", Pointer(&Object(&POD_OS))),
    optional("HostUsers", "hostUsers", Pointer(&Bool)),
    optional("SchedulingGates", "schedulingGates", List(&Object(&POD_SCHEDULING_GATE))).merged_by("name"),
    optional("ResourceClaims", "resourceClaims", List(&Object(&POD_RESOURCE_CLAIM))).merged_by("name"),
    optional("Resources", "resources", Pointer(&Object(&RESOURCE_REQUIREMENTS))),
    optional("HostnameOverride", "hostnameOverride", Pointer(&String)),
] };

/// k8s.io/api/core/v1.Volume
pub static VOLUME: Struct = Struct { name: "v1.Volume", fields: &[
    always("Name", "name", String),
    embedded("VolumeSource", &VOLUME_SOURCE),
] };

/// k8s.io/api/core/v1.VolumeSource
pub static VOLUME_SOURCE: Struct = Struct { name: "v1.VolumeSource", fields: &[
    optional("HostPath", "hostPath", Pointer(&Object(&HOST_PATH_VOLUME_SOURCE))),
    optional("EmptyDir", "emptyDir", Pointer(&Object(&EMPTY_DIR_VOLUME_SOURCE))),
    optional("GCEPersistentDisk", "gcePersistentDisk", Pointer(&Object(&GCE_PERSISTENT_DISK_VOLUME_SOURCE))),
    optional("AWSElasticBlockStore", "awsElasticBlockStore", Pointer(&Object(&AWS_ELASTIC_BLOCK_STORE_VOLUME_SOURCE))),
    optional("GitRepo", "gitRepo", Pointer(&Object(&GIT_REPO_VOLUME_SOURCE))),
    optional("Secret", "secret", Pointer(&Object(&SECRET_VOLUME_SOURCE))),
    optional("NFS", "nfs", Pointer(&Object(&NFS_VOLUME_SOURCE))),
    optional("ISCSI", "iscsi", Pointer(&Object(&ISCSI_VOLUME_SOURCE))),
    optional("Glusterfs", "glusterfs", Pointer(&Object(&GLUSTERFS_VOLUME_SOURCE))),
    optional("PersistentVolumeClaim", "persistentVolumeClaim", Pointer(&Object(&PERSISTENT_VOLUME_CLAIM_VOLUME_SOURCE))),
    optional("RBD", "rbd", Pointer(&Object(&RBD_VOLUME_SOURCE))),
    optional("FlexVolume", "flexVolume", Pointer(&Object(&FLEX_VOLUME_SOURCE))),
    optional("Cinder", "cinder", Pointer(&Object(&CINDER_VOLUME_SOURCE))),
    optional("CephFS", "cephfs", Pointer(&Object(&CEPH_FS_VOLUME_SOURCE))),
    optional("Flocker", "flocker", Pointer(&Object(&FLOCKER_VOLUME_SOURCE))),
    optional("DownwardAPI", "downwardAPI", Pointer(&Object(&DOWNWARD_API_VOLUME_SOURCE))),
    optional("FC", "fc", Pointer(&Object(&FC_VOLUME_SOURCE))),
    optional("AzureFile", "azureFile", Pointer(&Object(&AZURE_FILE_VOLUME_SOURCE))),
    optional("ConfigMap", "configMap", Pointer(&Object(&CONFIG_MAP_VOLUME_SOURCE))),
    optional("VsphereVolume", "vsphereVolume", Pointer(&Object(&VSPHERE_VIRTUAL_DISK_VOLUME_SOURCE))),
    optional("Quobyte", "quobyte", Pointer(&Object(&QUOBYTE_VOLUME_SOURCE))),
    optional("AzureDisk", "azureDisk", Pointer(&Object(&AZURE_DISK_VOLUME_SOURCE))),
    optional("PhotonPersistentDisk", "photonPersistentDisk", Pointer(&Object(&PHOTON_PERSISTENT_DISK_VOLUME_SOURCE))),
    optional("Projected", "projected", Pointer(&Object(&PROJECTED_VOLUME_SOURCE))),
    optional("PortworxVolume", "portworxVolume", Pointer(&Object(&PORTWORX_VOLUME_SOURCE))),
    optional("ScaleIO", "scaleIO", Pointer(&Object(&SCALE_IO_VOLUME_SOURCE))),
    optional("StorageOS", "storageos", Pointer(&Object(&STORAGE_OS_VOLUME_SOURCE))),
    optional("CSI", "csi", Pointer(&Object(&CSI_VOLUME_SOURCE))),
    optional("Ephemeral", "ephemeral", Pointer(&Object(&EPHEMERAL_VOLUME_SOURCE))),
    optional("Image", "image", Pointer(&Object(&IMAGE_VOLUME_SOURCE))),
] };

/// k8s.io/api/core/v1.HostPathVolumeSource
pub static HOST_PATH_VOLUME_SOURCE: Struct = Struct { name: "v1.HostPathVolumeSource", fields: &[
    always("Path", "path", String),
    optional("Type", "type", Pointer(&String)),
] };

/// k8s.io/api/core/v1.EmptyDirVolumeSource
pub static EMPTY_DIR_VOLUME_SOURCE: Struct = Struct { name: "v1.EmptyDirVolumeSource", fields: &[
    optional("Medium", "medium", String),
    optional("SizeLimit", "sizeLimit", Pointer(&Quantity)),
] };

/// k8s.io/api/core/v1.GCEPersistentDiskVolumeSource
pub static GCE_PERSISTENT_DISK_VOLUME_SOURCE: Struct = Struct { name: "v1.GCEPersistentDiskVolumeSource", fields: &[
    always("PDName", "pdName", String),
    optional("FSType", "fsType", String),
    optional("Partition", "partition", Int32),
    optional("ReadOnly", "readOnly", Bool),
] };

/// k8s.io/api/core/v1.AWSElasticBlockStoreVolumeSource
pub static AWS_ELASTIC_BLOCK_STORE_VOLUME_SOURCE: Struct = Struct { name: "v1.AWSElasticBlockStoreVolumeSource", fields: &[
    always("VolumeID", "volumeID", String),
    optional("FSType", "fsType", String),
    optional("Partition", "partition", Int32),
    optional("ReadOnly", "readOnly", Bool),
] };

/// k8s.io/api/core/v1.GitRepoVolumeSource
pub static GIT_REPO_VOLUME_SOURCE: Struct = Struct { name: "v1.GitRepoVolumeSource", fields: &[
    always("Repository", "repository", String),
    optional("Revision", "revision", String),
    optional("Directory", "directory", String),
] };

/// k8s.io/api/core/v1.SecretVolumeSource
pub static SECRET_VOLUME_SOURCE: Struct = Struct { name: "v1.SecretVolumeSource", fields: &[
    optional("SecretName", "secretName", String),
    optional("Items", "items", List(&Object(&KEY_TO_PATH))),
    optional("DefaultMode", "defaultMode", Pointer(&Int32)),
    optional("Optional", "optional", Pointer(&Bool)),
] };

/// k8s.io/api/core/v1.KeyToPath
pub static KEY_TO_PATH: Struct = Struct { name: "v1.KeyToPath", fields: &[
    always("Key", "key", String),
    always("Path", "path", String),
    optional("Mode", "mode", Pointer(&Int32)),
] };

/// k8s.io/api/core/v1.NFSVolumeSource
pub static NFS_VOLUME_SOURCE: Struct = Struct { name: "v1.NFSVolumeSource", fields: &[
    always("Server", "server", String),
    always("Path", "path", String),
    optional("ReadOnly", "readOnly", Bool),
] };

/// k8s.io/api/core/v1.ISCSIVolumeSource
pub static ISCSI_VOLUME_SOURCE: Struct = Struct { name: "v1.ISCSIVolumeSource", fields: &[
    always("TargetPortal", "targetPortal", String),
    always("IQN", "iqn", String),
    always("Lun", "lun", Int32),
    optional("ISCSIInterface", "iscsiInterface", String),
    optional("FSType", "fsType", String),
    optional("ReadOnly", "readOnly", Bool),
    optional("Portals", "portals", List(&String)),
    optional("DiscoveryCHAPAuth", "chapAuthDiscovery", Bool),
    optional("SessionCHAPAuth", "chapAuthSession", Bool),
    optional("SecretRef", "secretRef", Pointer(&Object(&LOCAL_OBJECT_REFERENCE))),
    optional("InitiatorName", "initiatorName", Pointer(&String)),
] };

/// k8s.io/api/core/v1.LocalObjectReference
pub static LOCAL_OBJECT_REFERENCE: Struct = Struct { name: "v1.LocalObjectReference", fields: &[
    optional("Name", "name", String),
] };

/// k8s.io/api/core/v1.GlusterfsVolumeSource
pub static GLUSTERFS_VOLUME_SOURCE: Struct = Struct { name: "v1.GlusterfsVolumeSource", fields: &[
    always("EndpointsName", "endpoints", String),
    always("Path", "path", String),
    optional("ReadOnly", "readOnly", Bool),
] };

/// k8s.io/api/core/v1.PersistentVolumeClaimVolumeSource
pub static PERSISTENT_VOLUME_CLAIM_VOLUME_SOURCE: Struct = Struct { name: "v1.PersistentVolumeClaimVolumeSource", fields: &[
    always("ClaimName", "claimName", String),
    optional("ReadOnly", "readOnly", Bool),
] };

/// k8s.io/api/core/v1.RBDVolumeSource
pub static RBD_VOLUME_SOURCE: Struct = Struct { name: "v1.RBDVolumeSource", fields: &[
    always("CephMonitors", "monitors", List(&String)),
    always("RBDImage", "image", String),
    optional("FSType", "fsType", String),
    optional("RBDPool", "pool", String),
    optional("RadosUser", "user", String),
    optional("Keyring", "keyring", String),
    optional("SecretRef", "secretRef", Pointer(&Object(&LOCAL_OBJECT_REFERENCE))),
    optional("ReadOnly", "readOnly", Bool),
] };

/// k8s.io/api/core/v1.FlexVolumeSource
pub static FLEX_VOLUME_SOURCE: Struct = Struct { name: "v1.FlexVolumeSource", fields: &[
    always("Driver", "driver", String),
    optional("FSType", "fsType", String),
    optional("SecretRef", "secretRef", Pointer(&Object(&LOCAL_OBJECT_REFERENCE))),
    optional("ReadOnly", "readOnly", Bool),
    optional("Options", "options", Map(&String)),
] };

/// k8s.io/api/core/v1.CinderVolumeSource
pub static CINDER_VOLUME_SOURCE: Struct = Struct { name: "v1.CinderVolumeSource", fields: &[
    always("VolumeID", "volumeID", String),
    optional("FSType", "fsType", String),
    optional("ReadOnly", "readOnly", Bool),
    optional("SecretRef", "secretRef", Pointer(&Object(&LOCAL_OBJECT_REFERENCE))),
] };

/// k8s.io/api/core/v1.CephFSVolumeSource
pub static CEPH_FS_VOLUME_SOURCE: Struct = Struct { name: "v1.CephFSVolumeSource", fields: &[
    always("Monitors", "monitors", List(&String)),
    optional("Path", "path", String),
    optional("User", "user", String),
    optional("SecretFile", "secretFile", String),
    optional("SecretRef", "secretRef", Pointer(&Object(&LOCAL_OBJECT_REFERENCE))),
    optional("ReadOnly", "readOnly", Bool),
] };

/// k8s.io/api/core/v1.FlockerVolumeSource
pub static FLOCKER_VOLUME_SOURCE: Struct = Struct { name: "v1.FlockerVolumeSource", fields: &[
    optional("DatasetName", "datasetName", String),
    optional("DatasetUUID", "datasetUUID", String),
] };

/// k8s.io/api/core/v1.DownwardAPIVolumeSource
pub static DOWNWARD_API_VOLUME_SOURCE: Struct = Struct { name: "v1.DownwardAPIVolumeSource", fields: &[
    optional("Items", "items", List(&Object(&DOWNWARD_API_VOLUME_FILE))),
    optional("DefaultMode", "defaultMode", Pointer(&Int32)),
] };

/// k8s.io/api/core/v1.DownwardAPIVolumeFile
pub static DOWNWARD_API_VOLUME_FILE: Struct = Struct { name: "v1.DownwardAPIVolumeFile", fields: &[
    always("Path", "path", String),
    optional("FieldRef", "fieldRef", Pointer(&Object(&OBJECT_FIELD_SELECTOR))),
    optional("ResourceFieldRef", "resourceFieldRef", Pointer(&Object(&RESOURCE_FIELD_SELECTOR))),
    optional("Mode", "mode", Pointer(&Int32)),
] };

/// k8s.io/api/core/v1.ObjectFieldSelector
pub static OBJECT_FIELD_SELECTOR: Struct = Struct { name: "v1.ObjectFieldSelector", fields: &[
    optional("APIVersion", "apiVersion", String),
    always("FieldPath", "fieldPath", String),
] };

/// k8s.io/api/core/v1.ResourceFieldSelector
pub static RESOURCE_FIELD_SELECTOR: Struct = Struct { name: "v1.ResourceFieldSelector", fields: &[
    optional("ContainerName", "containerName", String),
    always("Resource", "resource", String),
    always("Divisor", "divisor", Quantity),
] };

/// k8s.io/api/core/v1.FCVolumeSource
pub static FC_VOLUME_SOURCE: Struct = Struct { name: "v1.FCVolumeSource", fields: &[
    optional("TargetWWNs", "targetWWNs", List(&String)),
    optional("Lun", "lun", Pointer(&Int32)),
    optional("FSType", "fsType", String),
    optional("ReadOnly", "readOnly", Bool),
    optional("WWIDs", "wwids", List(&String)),
] };

/// k8s.io/api/core/v1.AzureFileVolumeSource
pub static AZURE_FILE_VOLUME_SOURCE: Struct = Struct { name: "v1.AzureFileVolumeSource", fields: &[
    always("SecretName", "secretName", String),
    always("ShareName", "shareName", String),
    optional("ReadOnly", "readOnly", Bool),
] };

/// k8s.io/api/core/v1.ConfigMapVolumeSource
pub static CONFIG_MAP_VOLUME_SOURCE: Struct = Struct { name: "v1.ConfigMapVolumeSource", fields: &[
    embedded("LocalObjectReference", &LOCAL_OBJECT_REFERENCE),
    optional("Items", "items", List(&Object(&KEY_TO_PATH))),
    optional("DefaultMode", "defaultMode", Pointer(&Int32)),
    optional("Optional", "optional", Pointer(&Bool)),
] };

/// k8s.io/api/core/v1.VsphereVirtualDiskVolumeSource
pub static VSPHERE_VIRTUAL_DISK_VOLUME_SOURCE: Struct = Struct { name: "v1.VsphereVirtualDiskVolumeSource", fields: &[
    always("VolumePath", "volumePath", String),
    optional("FSType", "fsType", String),
    optional("StoragePolicyName", "storagePolicyName", String),
    optional("StoragePolicyID", "storagePolicyID", String),
] };

/// k8s.io/api/core/v1.QuobyteVolumeSource
pub static QUOBYTE_VOLUME_SOURCE: Struct = Struct { name: "v1.QuobyteVolumeSource", fields: &[
    always("Registry", "registry", String),
    always("Volume", "volume", String),
    optional("ReadOnly", "readOnly", Bool),
    optional("User", "user", String),
    optional("Group", "group", String),
    optional("Tenant", "tenant", String),
] };

/// k8s.io/api/core/v1.AzureDiskVolumeSource
pub static AZURE_DISK_VOLUME_SOURCE: Struct = Struct { name: "v1.AzureDiskVolumeSource", fields: &[
    always("DiskName", "diskName", String),
    always("DataDiskURI", "diskURI", String),
    optional("CachingMode", "cachingMode", Pointer(&String)),
    optional("FSType", "fsType", Pointer(&String)),
    optional("ReadOnly", "readOnly", Pointer(&Bool)),
    optional("Kind", "kind", Pointer(&String)),
] };

/// k8s.io/api/core/v1.PhotonPersistentDiskVolumeSource
pub static PHOTON_PERSISTENT_DISK_VOLUME_SOURCE: Struct = Struct { name: "v1.PhotonPersistentDiskVolumeSource", fields: &[
    always("PdID", "pdID", String),
    optional("FSType", "fsType", String),
] };

/// k8s.io/api/core/v1.ProjectedVolumeSource
pub static PROJECTED_VOLUME_SOURCE: Struct = Struct { name: "v1.ProjectedVolumeSource", fields: &[
    always("Sources", "sources", List(&Object(&VOLUME_PROJECTION))),
    optional("DefaultMode", "defaultMode", Pointer(&Int32)),
] };

/// k8s.io/api/core/v1.VolumeProjection
pub static VOLUME_PROJECTION: Struct = Struct { name: "v1.VolumeProjection", fields: &[
    optional("Secret", "secret", Pointer(&Object(&SECRET_PROJECTION))),
    optional("DownwardAPI", "downwardAPI", Pointer(&Object(&DOWNWARD_API_PROJECTION))),
    optional("ConfigMap", "configMap", Pointer(&Object(&CONFIG_MAP_PROJECTION))),
    optional("ServiceAccountToken", "serviceAccountToken", Pointer(&Object(&SERVICE_ACCOUNT_TOKEN_PROJECTION))),
    optional("ClusterTrustBundle", "clusterTrustBundle", Pointer(&Object(&CLUSTER_TRUST_BUNDLE_PROJECTION))),
    optional("PodCertificate", "podCertificate", Pointer(&Object(&POD_CERTIFICATE_PROJECTION))),
] };

/// k8s.io/api/core/v1.SecretProjection
pub static SECRET_PROJECTION: Struct = Struct { name: "v1.SecretProjection", fields: &[
    embedded("LocalObjectReference", &LOCAL_OBJECT_REFERENCE),
    optional("Items", "items", List(&Object(&KEY_TO_PATH))),
    optional("Optional", "optional", Pointer(&Bool)),
] };

/// k8s.io/api/core/v1.DownwardAPIProjection
pub static DOWNWARD_API_PROJECTION: Struct = Struct { name: "v1.DownwardAPIProjection", fields: &[
    optional("Items", "items", List(&Object(&DOWNWARD_API_VOLUME_FILE))),
] };

/// k8s.io/api/core/v1.ConfigMapProjection
pub static CONFIG_MAP_PROJECTION: Struct = Struct { name: "v1.ConfigMapProjection", fields: &[
    embedded("LocalObjectReference", &LOCAL_OBJECT_REFERENCE),
    optional("Items", "items", List(&Object(&KEY_TO_PATH))),
    optional("Optional", "optional", Pointer(&Bool)),
] };

/// k8s.io/api/core/v1.ServiceAccountTokenProjection
pub static SERVICE_ACCOUNT_TOKEN_PROJECTION: Struct = Struct { name: "v1.ServiceAccountTokenProjection", fields: &[
    optional("Audience", "audience", String),
    optional("ExpirationSeconds", "expirationSeconds", Pointer(&Int64)),
    always("Path", "path", String),
] };

/// k8s.io/api/core/v1.ClusterTrustBundleProjection
pub static CLUSTER_TRUST_BUNDLE_PROJECTION: Struct = Struct { name: "v1.ClusterTrustBundleProjection", fields: &[
    optional("Name", "name", Pointer(&String)),
    optional("SignerName", "signerName", Pointer(&String)),
    optional("LabelSelector", "labelSelector", Pointer(&Object(&LABEL_SELECTOR))),
    optional("Optional", "optional", Pointer(&Bool)),
    always("Path", "path", String),
] };

/// k8s.io/apimachinery/pkg/apis/meta/v1.LabelSelector
pub static LABEL_SELECTOR: Struct = Struct { name: "v1.LabelSelector", fields: &[
    optional("MatchLabels", "matchLabels", Map(&String)),
    optional("MatchExpressions", "matchExpressions", List(&Object(&LABEL_SELECTOR_REQUIREMENT))),
] };

/// k8s.io/apimachinery/pkg/apis/meta/v1.LabelSelectorRequirement
pub static LABEL_SELECTOR_REQUIREMENT: Struct = Struct { name: "v1.LabelSelectorRequirement", fields: &[
    always("Key", "key", String),
    always("Operator", "operator", String),
    optional("Values", "values", List(&String)),
] };

/// k8s.io/api/core/v1.PodCertificateProjection
pub static POD_CERTIFICATE_PROJECTION: Struct = Struct { name: "v1.PodCertificateProjection", fields: &[
    optional("SignerName", "signerName", String),
    optional("KeyType", "keyType", String),
    optional("MaxExpirationSeconds", "maxExpirationSeconds", Pointer(&Int32)),
    optional("CredentialBundlePath", "credentialBundlePath", String),
    optional("KeyPath", "keyPath", String),
    optional("CertificateChainPath", "certificateChainPath", String),
] };

/// k8s.io/api/core/v1.PortworxVolumeSource
pub static PORTWORX_VOLUME_SOURCE: Struct = Struct { name: "v1.PortworxVolumeSource", fields: &[
    always("VolumeID", "volumeID", String),
    optional("FSType", "fsType", String),
    optional("ReadOnly", "readOnly", Bool),
] };

/// k8s.io/api/core/v1.ScaleIOVolumeSource
pub static SCALE_IO_VOLUME_SOURCE: Struct = Struct { name: "v1.ScaleIOVolumeSource", fields: &[
    always("Gateway", "gateway", String),
    always("System", "system", String),
    always("SecretRef", "secretRef", Pointer(&Object(&LOCAL_OBJECT_REFERENCE))),
    optional("SSLEnabled", "sslEnabled", Bool),
    optional("ProtectionDomain", "protectionDomain", String),
    optional("StoragePool", "storagePool", String),
    optional("StorageMode", "storageMode", String),
    optional("VolumeName", "volumeName", String),
    optional("FSType", "fsType", String),
    optional("ReadOnly", "readOnly", Bool),
] };

/// k8s.io/api/core/v1.StorageOSVolumeSource
pub static STORAGE_OS_VOLUME_SOURCE: Struct = Struct { name: "v1.StorageOSVolumeSource", fields: &[
    optional("VolumeName", "volumeName", String),
    optional("VolumeNamespace", "volumeNamespace", String),
    optional("FSType", "fsType", String),
    optional("ReadOnly", "readOnly", Bool),
    optional("SecretRef", "secretRef", Pointer(&Object(&LOCAL_OBJECT_REFERENCE))),
] };

/// k8s.io/api/core/v1.CSIVolumeSource
pub static CSI_VOLUME_SOURCE: Struct = Struct { name: "v1.CSIVolumeSource", fields: &[
    always("Driver", "driver", String),
    optional("ReadOnly", "readOnly", Pointer(&Bool)),
    optional("FSType", "fsType", Pointer(&String)),
    optional("VolumeAttributes", "volumeAttributes", Map(&String)),
    optional("NodePublishSecretRef", "nodePublishSecretRef", Pointer(&Object(&LOCAL_OBJECT_REFERENCE))),
] };

/// k8s.io/api/core/v1.EphemeralVolumeSource
pub static EPHEMERAL_VOLUME_SOURCE: Struct = Struct { name: "v1.EphemeralVolumeSource", fields: &[
    optional("VolumeClaimTemplate", "volumeClaimTemplate", Pointer(&Object(&PERSISTENT_VOLUME_CLAIM_TEMPLATE))),
] };

/// k8s.io/api/core/v1.PersistentVolumeClaimTemplate
pub static PERSISTENT_VOLUME_CLAIM_TEMPLATE: Struct = Struct { name: "v1.PersistentVolumeClaimTemplate", fields: &[
    always("ObjectMeta", "metadata", Object(&OBJECT_META)),
    always("Spec", "spec", Object(&PERSISTENT_VOLUME_CLAIM_SPEC)),
] };

/// k8s.io/api/core/v1.PersistentVolumeClaimSpec
pub static PERSISTENT_VOLUME_CLAIM_SPEC: Struct = Struct { name: "v1.PersistentVolumeClaimSpec", fields: &[
    optional("AccessModes", "accessModes", List(&String)),
    optional("Selector", "selector", Pointer(&Object(&LABEL_SELECTOR))),
    always("Resources", "resources", Object(&VOLUME_RESOURCE_REQUIREMENTS)),
    optional("VolumeName", "volumeName", String),
    optional("StorageClassName", "storageClassName", Pointer(&String)),
    optional("VolumeMode", "volumeMode", Pointer(&String)),
    optional("DataSource", "dataSource", Pointer(&Object(&TYPED_LOCAL_OBJECT_REFERENCE))),
    optional("DataSourceRef", "dataSourceRef", Pointer(&Object(&TYPED_OBJECT_REFERENCE))),
    optional("VolumeAttributesClassName", "volumeAttributesClassName", Pointer(&String)),
] };

/// k8s.io/api/core/v1.VolumeResourceRequirements
pub static VOLUME_RESOURCE_REQUIREMENTS: Struct = Struct { name: "v1.VolumeResourceRequirements", fields: &[
    optional("Limits", "limits", Map(&Quantity)),
    optional("Requests", "requests", Map(&Quantity)),
] };

/// k8s.io/api/core/v1.TypedLocalObjectReference
pub static TYPED_LOCAL_OBJECT_REFERENCE: Struct = Struct { name: "v1.TypedLocalObjectReference", fields: &[
    always("APIGroup", "apiGroup", Pointer(&String)),
    always("Kind", "kind", String),
    always("Name", "name", String),
] };

/// k8s.io/api/core/v1.TypedObjectReference
pub static TYPED_OBJECT_REFERENCE: Struct = Struct { name: "v1.TypedObjectReference", fields: &[
    always("APIGroup", "apiGroup", Pointer(&String)),
    always("Kind", "kind", String),
    always("Name", "name", String),
    optional("Namespace", "namespace", Pointer(&String)),
] };

/// k8s.io/api/core/v1.ImageVolumeSource
pub static IMAGE_VOLUME_SOURCE: Struct = Struct { name: "v1.ImageVolumeSource", fields: &[
    optional("Reference", "reference", String),
    optional("PullPolicy", "pullPolicy", String),
] };

/// k8s.io/api/core/v1.Container
pub static CONTAINER: Struct = Struct { name: "v1.Container", fields: &[
    always("Name", "name", String),
    optional("Image", "image", String),
    optional("Command", "command", List(&String)),
    optional("Args", "args", List(&String)),
    optional("WorkingDir", "workingDir", String),
    optional("Ports", "ports", List(&Object(&CONTAINER_PORT))).merged_by("containerPort"),
    optional("EnvFrom", "envFrom", List(&Object(&ENV_FROM_SOURCE))),
    optional("Env", "env", List(&Object(&ENV_VAR))).merged_by("name"),
    always("Resources", "resources", Object(&RESOURCE_REQUIREMENTS)),
    optional("ResizePolicy", "resizePolicy", List(&Object(&CONTAINER_RESIZE_POLICY))),
    optional("RestartPolicy", "restartPolicy", Pointer(&String)),
    optional("RestartPolicyRules", "restartPolicyRules", List(&Object(&CONTAINER_RESTART_RULE))),
    optional("VolumeMounts", "volumeMounts", List(&Object(&VOLUME_MOUNT))).merged_by("mountPath"),
    optional("VolumeDevices", "volumeDevices", List(&Object(&VOLUME_DEVICE))).merged_by("devicePath"),
    optional("LivenessProbe", "livenessProbe", Pointer(&Object(&PROBE))),
    optional("ReadinessProbe", "readinessProbe", Pointer(&Object(&PROBE))),
    optional("StartupProbe", "startupProbe", Pointer(&Object(&PROBE))),
    optional("Lifecycle", "lifecycle", Pointer(&Object(&LIFECYCLE))),
    optional("TerminationMessagePath", "terminationMessagePath", String),
    optional("TerminationMessagePolicy", "terminationMessagePolicy", String),
    optional("ImagePullPolicy", "imagePullPolicy", String),
    optional("SecurityContext", "securityContext", Pointer(&Object(&SECURITY_CONTEXT))),
    optional("Stdin", "stdin", Bool),
    optional("StdinOnce", "stdinOnce", Bool),
    optional("TTY", "tty", Bool),
] };

/// k8s.io/api/core/v1.ContainerPort
pub static CONTAINER_PORT: Struct = Struct { name: "v1.ContainerPort", fields: &[
    optional("Name", "name", String),
    optional("HostPort", "hostPort", Int32),
    always("ContainerPort", "containerPort", Int32),
    optional("Protocol", "protocol", String),
    optional("HostIP", "hostIP", String),
] };

/// k8s.io/api/core/v1.EnvFromSource
pub static ENV_FROM_SOURCE: Struct = Struct { name: "v1.EnvFromSource", fields: &[
    optional("Prefix", "prefix", String),
    optional("ConfigMapRef", "configMapRef", Pointer(&Object(&CONFIG_MAP_ENV_SOURCE))),
    optional("SecretRef", "secretRef", Pointer(&Object(&SECRET_ENV_SOURCE))),
] };

/// k8s.io/api/core/v1.ConfigMapEnvSource
pub static CONFIG_MAP_ENV_SOURCE: Struct = Struct { name: "v1.ConfigMapEnvSource", fields: &[
    embedded("LocalObjectReference", &LOCAL_OBJECT_REFERENCE),
    optional("Optional", "optional", Pointer(&Bool)),
] };

/// k8s.io/api/core/v1.SecretEnvSource
pub static SECRET_ENV_SOURCE: Struct = Struct { name: "v1.SecretEnvSource", fields: &[
    embedded("LocalObjectReference", &LOCAL_OBJECT_REFERENCE),
    optional("Optional", "optional", Pointer(&Bool)),
] };

/// k8s.io/api/core/v1.EnvVar
pub static ENV_VAR: Struct = Struct { name: "v1.EnvVar", fields: &[
    always("Name", "name", String),
    optional("Value", "value", String),
    optional("ValueFrom", "valueFrom", Pointer(&Object(&ENV_VAR_SOURCE))),
] };

/// k8s.io/api/core/v1.EnvVarSource
pub static ENV_VAR_SOURCE: Struct = Struct { name: "v1.EnvVarSource", fields: &[
    optional("FieldRef", "fieldRef", Pointer(&Object(&OBJECT_FIELD_SELECTOR))),
    optional("ResourceFieldRef", "resourceFieldRef", Pointer(&Object(&RESOURCE_FIELD_SELECTOR))),
    optional("ConfigMapKeyRef", "configMapKeyRef", Pointer(&Object(&CONFIG_MAP_KEY_SELECTOR))),
    optional("SecretKeyRef", "secretKeyRef", Pointer(&Object(&SECRET_KEY_SELECTOR))),
    optional("FileKeyRef", "fileKeyRef", Pointer(&Object(&FILE_KEY_SELECTOR))),
] };

/// k8s.io/api/core/v1.ConfigMapKeySelector
pub static CONFIG_MAP_KEY_SELECTOR: Struct = Struct { name: "v1.ConfigMapKeySelector", fields: &[
    embedded("LocalObjectReference", &LOCAL_OBJECT_REFERENCE),
    always("Key", "key", String),
    optional("Optional", "optional", Pointer(&Bool)),
] };

/// k8s.io/api/core/v1.SecretKeySelector
pub static SECRET_KEY_SELECTOR: Struct = Struct { name: "v1.SecretKeySelector", fields: &[
    embedded("LocalObjectReference", &LOCAL_OBJECT_REFERENCE),
    always("Key", "key", String),
    optional("Optional", "optional", Pointer(&Bool)),
] };

/// k8s.io/api/core/v1.FileKeySelector
pub static FILE_KEY_SELECTOR: Struct = Struct { name: "v1.FileKeySelector", fields: &[
    always("VolumeName", "volumeName", String),
    always("Path", "path", String),
    always("Key", "key", String),
    optional("Optional", "optional", Pointer(&Bool)),
] };

/// k8s.io/api/core/v1.ResourceRequirements
pub static RESOURCE_REQUIREMENTS: Struct = Struct { name: "v1.ResourceRequirements", fields: &[
    optional("Limits", "limits", Map(&Quantity)),
    optional("Requests", "requests", Map(&Quantity)),
    optional("Claims", "claims", List(&Object(&RESOURCE_CLAIM))),
] };

/// k8s.io/api/core/v1.ResourceClaim
pub static RESOURCE_CLAIM: Struct = Struct { name: "v1.ResourceClaim", fields: &[
    always("Name", "name", String),
    optional("Request", "request", String),
] };

/// k8s.io/api/core/v1.ContainerResizePolicy
pub static CONTAINER_RESIZE_POLICY: Struct = Struct { name: "v1.ContainerResizePolicy", fields: &[
    always("ResourceName", "resourceName", String),
    always("RestartPolicy", "restartPolicy", String),
] };

/// k8s.io/api/core/v1.ContainerRestartRule
pub static CONTAINER_RESTART_RULE: Struct = Struct { name: "v1.ContainerRestartRule", fields: &[
    optional("Action", "action", String),
    optional("ExitCodes", "exitCodes", Pointer(&Object(&CONTAINER_RESTART_RULE_ON_EXIT_CODES))),
] };

/// k8s.io/api/core/v1.ContainerRestartRuleOnExitCodes
pub static CONTAINER_RESTART_RULE_ON_EXIT_CODES: Struct = Struct { name: "v1.ContainerRestartRuleOnExitCodes", fields: &[
    optional("Operator", "operator", String),
    optional("Values", "values", List(&Int32)),
] };

/// k8s.io/api/core/v1.VolumeMount
pub static VOLUME_MOUNT: Struct = Struct { name: "v1.VolumeMount", fields: &[
    always("Name", "name", String),
    optional("ReadOnly", "readOnly", Bool),
    optional("RecursiveReadOnly", "recursiveReadOnly", Pointer(&String)),
    always("MountPath", "mountPath", String),
    optional("SubPath", "subPath", String),
    optional("MountPropagation", "mountPropagation", Pointer(&String)),
    optional("SubPathExpr", "subPathExpr", String),
] };

/// k8s.io/api/core/v1.VolumeDevice
pub static VOLUME_DEVICE: Struct = Struct { name: "v1.VolumeDevice", fields: &[
    always("Name", "name", String),
    always("DevicePath", "devicePath", String),
] };

/// k8s.io/api/core/v1.Probe
pub static PROBE: Struct = Struct { name: "v1.Probe", fields: &[
    embedded("ProbeHandler", &PROBE_HANDLER),
    optional("InitialDelaySeconds", "initialDelaySeconds", Int32),
    optional("TimeoutSeconds", "timeoutSeconds", Int32),
    optional("PeriodSeconds", "periodSeconds", Int32),
    optional("SuccessThreshold", "successThreshold", Int32),
    optional("FailureThreshold", "failureThreshold", Int32),
    optional("TerminationGracePeriodSeconds", "terminationGracePeriodSeconds", Pointer(&Int64)),
] };

/// k8s.io/api/core/v1.ProbeHandler
pub static PROBE_HANDLER: Struct = Struct { name: "v1.ProbeHandler", fields: &[
    optional("Exec", "exec", Pointer(&Object(&EXEC_ACTION))),
    optional("HTTPGet", "httpGet", Pointer(&Object(&HTTP_GET_ACTION))),
    optional("TCPSocket", "tcpSocket", Pointer(&Object(&TCP_SOCKET_ACTION))),
    optional("GRPC", "grpc", Pointer(&Object(&GRPC_ACTION))),
] };

/// k8s.io/api/core/v1.ExecAction
pub static EXEC_ACTION: Struct = Struct { name: "v1.ExecAction", fields: &[
    optional("Command", "command", List(&String)),
] };

/// k8s.io/api/core/v1.HTTPGetAction
pub static HTTP_GET_ACTION: Struct = Struct { name: "v1.HTTPGetAction", fields: &[
    optional("Path", "path", String),
    always("Port", "port", IntOrString),
    optional("Host", "host", String),
    optional("Scheme", "scheme", String),
    optional("HTTPHeaders", "httpHeaders", List(&Object(&HTTP_HEADER))),
] };

/// k8s.io/api/core/v1.HTTPHeader
pub static HTTP_HEADER: Struct = Struct { name: "v1.HTTPHeader", fields: &[
    always("Name", "name", String),
    always("Value", "value", String),
] };

/// k8s.io/api/core/v1.TCPSocketAction
pub static TCP_SOCKET_ACTION: Struct = Struct { name: "v1.TCPSocketAction", fields: &[
    always("Port", "port", IntOrString),
    optional("Host", "host", String),
] };

/// k8s.io/api/core/v1.GRPCAction
pub static GRPC_ACTION: Struct = Struct { name: "v1.GRPCAction", fields: &[
    always("Port", "port", Int32),
    always("Service", "service", Pointer(&String)),
] };

/// k8s.io/api/core/v1.Lifecycle
pub static LIFECYCLE: Struct = Struct { name: "v1.Lifecycle", fields: &[
    optional("PostStart", "postStart", Pointer(&Object(&LIFECYCLE_HANDLER))),
    optional("PreStop", "preStop", Pointer(&Object(&LIFECYCLE_HANDLER))),
    optional("StopSignal", "stopSignal", Pointer(&String)),
] };

/// k8s.io/api/core/v1.LifecycleHandler
pub static LIFECYCLE_HANDLER: Struct = Struct { name: "v1.LifecycleHandler", fields: &[
    optional("Exec", "exec", Pointer(&Object(&EXEC_ACTION))),
    optional("HTTPGet", "httpGet", Pointer(&Object(&HTTP_GET_ACTION))),
    optional("TCPSocket", "tcpSocket", Pointer(&Object(&TCP_SOCKET_ACTION))),
    optional("Sleep", "sleep", Pointer(&Object(&SLEEP_ACTION))),
] };

/// k8s.io/api/core/v1.SleepAction
pub static SLEEP_ACTION: Struct = Struct { name: "v1.SleepAction", fields: &[
    always("Seconds", "seconds", Int64),
] };

/// k8s.io/api/core/v1.SecurityContext
pub static SECURITY_CONTEXT: Struct = Struct { name: "v1.SecurityContext", fields: &[
    optional("Capabilities", "capabilities", Pointer(&Object(&CAPABILITIES))),
    optional("Privileged", "privileged", Pointer(&Bool)),
    optional("SELinuxOptions", "seLinuxOptions", Pointer(&Object(&SE_LINUX_OPTIONS))),
    optional("WindowsOptions", "windowsOptions", Pointer(&Object(&WINDOWS_SECURITY_CONTEXT_OPTIONS))),
    optional("RunAsUser", "runAsUser", Pointer(&Int64)),
    optional("RunAsGroup", "runAsGroup", Pointer(&Int64)),
    optional("RunAsNonRoot", "runAsNonRoot", Pointer(&Bool)),
    optional("ReadOnlyRootFilesystem", "readOnlyRootFilesystem", Pointer(&Bool)),
    optional("AllowPrivilegeEscalation", "allowPrivilegeEscalation", Pointer(&Bool)),
    optional("ProcMount", "procMount", Pointer(&String)),
    optional("SeccompProfile", "seccompProfile", Pointer(&Object(&SECCOMP_PROFILE))),
    optional("AppArmorProfile", "appArmorProfile", Pointer(&Object(&APP_ARMOR_PROFILE))),
] };

/// k8s.io/api/core/v1.Capabilities
pub static CAPABILITIES: Struct = Struct { name: "v1.Capabilities", fields: &[
    optional("Add", "add", List(&String)),
    optional("Drop", "drop", List(&String)),
] };

/// k8s.io/api/core/v1.SELinuxOptions
pub static SE_LINUX_OPTIONS: Struct = Struct { name: "v1.SELinuxOptions", fields: &[
    optional("User", "user", String),
    optional("Role", "role", String),
    optional("Type", "type", String),
    optional("Level", "level", String),
] };

/// k8s.io/api/core/v1.WindowsSecurityContextOptions
pub static WINDOWS_SECURITY_CONTEXT_OPTIONS: Struct = Struct { name: "v1.WindowsSecurityContextOptions", fields: &[
    optional("GMSACredentialSpecName", "gmsaCredentialSpecName", Pointer(&String)),
    optional("GMSACredentialSpec", "gmsaCredentialSpec", Pointer(&String)),
    optional("RunAsUserName", "runAsUserName", Pointer(&String)),
    optional("HostProcess", "hostProcess", Pointer(&Bool)),
] };

/// k8s.io/api/core/v1.SeccompProfile
pub static SECCOMP_PROFILE: Struct = Struct { name: "v1.SeccompProfile", fields: &[
    always("Type", "type", String),
    optional("LocalhostProfile", "localhostProfile", Pointer(&String)),
] };

/// k8s.io/api/core/v1.AppArmorProfile
pub static APP_ARMOR_PROFILE: Struct = Struct { name: "v1.AppArmorProfile", fields: &[
    always("Type", "type", String),
    optional("LocalhostProfile", "localhostProfile", Pointer(&String)),
] };

/// k8s.io/api/core/v1.EphemeralContainer
pub static EPHEMERAL_CONTAINER: Struct = Struct { name: "v1.EphemeralContainer", fields: &[
    embedded("EphemeralContainerCommon", &EPHEMERAL_CONTAINER_COMMON),
    optional("TargetContainerName", "targetContainerName", String),
] };

/// k8s.io/api/core/v1.EphemeralContainerCommon
pub static EPHEMERAL_CONTAINER_COMMON: Struct = Struct { name: "v1.EphemeralContainerCommon", fields: &[
    always("Name", "name", String),
    optional("Image", "image", String),
    optional("Command", "command", List(&String)),
    optional("Args", "args", List(&String)),
    optional("WorkingDir", "workingDir", String),
    optional("Ports", "ports", List(&Object(&CONTAINER_PORT))).merged_by("containerPort"),
    optional("EnvFrom", "envFrom", List(&Object(&ENV_FROM_SOURCE))),
    optional("Env", "env", List(&Object(&ENV_VAR))).merged_by("name"),
    always("Resources", "resources", Object(&RESOURCE_REQUIREMENTS)),
    optional("ResizePolicy", "resizePolicy", List(&Object(&CONTAINER_RESIZE_POLICY))),
    optional("RestartPolicy", "restartPolicy", Pointer(&String)),
    optional("RestartPolicyRules", "restartPolicyRules", List(&Object(&CONTAINER_RESTART_RULE))),
    optional("VolumeMounts", "volumeMounts", List(&Object(&VOLUME_MOUNT))).merged_by("mountPath"),
    optional("VolumeDevices", "volumeDevices", List(&Object(&VOLUME_DEVICE))).merged_by("devicePath"),
    optional("LivenessProbe", "livenessProbe", Pointer(&Object(&PROBE))),
    optional("ReadinessProbe", "readinessProbe", Pointer(&Object(&PROBE))),
    optional("StartupProbe", "startupProbe", Pointer(&Object(&PROBE))),
    optional("Lifecycle", "lifecycle", Pointer(&Object(&LIFECYCLE))),
    optional("TerminationMessagePath", "terminationMessagePath", String),
    optional("TerminationMessagePolicy", "terminationMessagePolicy", String),
    optional("ImagePullPolicy", "imagePullPolicy", String),
    optional("SecurityContext", "securityContext", Pointer(&Object(&SECURITY_CONTEXT))),
    optional("Stdin", "stdin", Bool),
    optional("StdinOnce", "stdinOnce", Bool),
    optional("TTY", "tty", Bool),
] };

/// k8s.io/api/core/v1.PodSecurityContext
pub static POD_SECURITY_CONTEXT: Struct = Struct { name: "v1.PodSecurityContext", fields: &[
    optional("SELinuxOptions", "seLinuxOptions", Pointer(&Object(&SE_LINUX_OPTIONS))),
    optional("WindowsOptions", "windowsOptions", Pointer(&Object(&WINDOWS_SECURITY_CONTEXT_OPTIONS))),
    optional("RunAsUser", "runAsUser", Pointer(&Int64)),
    optional("RunAsGroup", "runAsGroup", Pointer(&Int64)),
    optional("RunAsNonRoot", "runAsNonRoot", Pointer(&Bool)),
    optional("SupplementalGroups", "supplementalGroups", List(&Int64)),
    optional("SupplementalGroupsPolicy", "supplementalGroupsPolicy", Pointer(&String)),
    optional("FSGroup", "fsGroup", Pointer(&Int64)),
    optional("Sysctls", "sysctls", List(&Object(&SYSCTL))),
    optional("FSGroupChangePolicy", "fsGroupChangePolicy", Pointer(&String)),
    optional("SeccompProfile", "seccompProfile", Pointer(&Object(&SECCOMP_PROFILE))),
    optional("AppArmorProfile", "appArmorProfile", Pointer(&Object(&APP_ARMOR_PROFILE))),
    optional("SELinuxChangePolicy", "seLinuxChangePolicy", Pointer(&String)),
] };

/// k8s.io/api/core/v1.Sysctl
pub static SYSCTL: Struct = Struct { name: "v1.Sysctl", fields: &[
    always("Name", "name", String),
    always("Value", "value", String),
] };

/// k8s.io/api/core/v1.Affinity
pub static AFFINITY: Struct = Struct { name: "v1.Affinity", fields: &[
    optional("NodeAffinity", "nodeAffinity", Pointer(&Object(&NODE_AFFINITY))),
    optional("PodAffinity", "podAffinity", Pointer(&Object(&POD_AFFINITY))),
    optional("PodAntiAffinity", "podAntiAffinity", Pointer(&Object(&POD_ANTI_AFFINITY))),
] };

/// k8s.io/api/core/v1.NodeAffinity
pub static NODE_AFFINITY: Struct = Struct { name: "v1.NodeAffinity", fields: &[
    optional("RequiredDuringSchedulingIgnoredDuringExecution", "requiredDuringSchedulingIgnoredDuringExecution", Pointer(&Object(&NODE_SELECTOR))),
    optional("PreferredDuringSchedulingIgnoredDuringExecution", "preferredDuringSchedulingIgnoredDuringExecution", List(&Object(&PREFERRED_SCHEDULING_TERM))),
] };

/// k8s.io/api/core/v1.NodeSelector
pub static NODE_SELECTOR: Struct = Struct { name: "v1.NodeSelector", fields: &[
    always("NodeSelectorTerms", "nodeSelectorTerms", List(&Object(&NODE_SELECTOR_TERM))),
] };

/// k8s.io/api/core/v1.NodeSelectorTerm
pub static NODE_SELECTOR_TERM: Struct = Struct { name: "v1.NodeSelectorTerm", fields: &[
    optional("MatchExpressions", "matchExpressions", List(&Object(&NODE_SELECTOR_REQUIREMENT))),
    optional("MatchFields", "matchFields", List(&Object(&NODE_SELECTOR_REQUIREMENT))),
] };

/// k8s.io/api/core/v1.NodeSelectorRequirement
pub static NODE_SELECTOR_REQUIREMENT: Struct = Struct { name: "v1.NodeSelectorRequirement", fields: &[
    always("Key", "key", String),
    always("Operator", "operator", String),
    optional("Values", "values", List(&String)),
] };

/// k8s.io/api/core/v1.PreferredSchedulingTerm
pub static PREFERRED_SCHEDULING_TERM: Struct = Struct { name: "v1.PreferredSchedulingTerm", fields: &[
    always("Weight", "weight", Int32),
    always("Preference", "preference", Object(&NODE_SELECTOR_TERM)),
] };

/// k8s.io/api/core/v1.PodAffinity
pub static POD_AFFINITY: Struct = Struct { name: "v1.PodAffinity", fields: &[
    optional("RequiredDuringSchedulingIgnoredDuringExecution", "requiredDuringSchedulingIgnoredDuringExecution", List(&Object(&POD_AFFINITY_TERM))),
    optional("PreferredDuringSchedulingIgnoredDuringExecution", "preferredDuringSchedulingIgnoredDuringExecution", List(&Object(&WEIGHTED_POD_AFFINITY_TERM))),
] };

/// k8s.io/api/core/v1.PodAffinityTerm
pub static POD_AFFINITY_TERM: Struct = Struct { name: "v1.PodAffinityTerm", fields: &[
    optional("LabelSelector", "labelSelector", Pointer(&Object(&LABEL_SELECTOR))),
    optional("Namespaces", "namespaces", List(&String)),
    always("TopologyKey", "topologyKey", String),
    optional("NamespaceSelector", "namespaceSelector", Pointer(&Object(&LABEL_SELECTOR))),
    optional("MatchLabelKeys", "matchLabelKeys", List(&String)),
    optional("MismatchLabelKeys", "mismatchLabelKeys", List(&String)),
] };

/// k8s.io/api/core/v1.WeightedPodAffinityTerm
pub static WEIGHTED_POD_AFFINITY_TERM: Struct = Struct { name: "v1.WeightedPodAffinityTerm", fields: &[
    always("Weight", "weight", Int32),
    always("PodAffinityTerm", "podAffinityTerm", Object(&POD_AFFINITY_TERM)),
] };

/// k8s.io/api/core/v1.PodAntiAffinity
pub static POD_ANTI_AFFINITY: Struct = Struct { name: "v1.PodAntiAffinity", fields: &[
    optional("RequiredDuringSchedulingIgnoredDuringExecution", "requiredDuringSchedulingIgnoredDuringExecution", List(&Object(&POD_AFFINITY_TERM))),
    optional("PreferredDuringSchedulingIgnoredDuringExecution", "preferredDuringSchedulingIgnoredDuringExecution", List(&Object(&WEIGHTED_POD_AFFINITY_TERM))),
] };

/// k8s.io/api/core/v1.Toleration
pub static TOLERATION: Struct = Struct { name: "v1.Toleration", fields: &[
    optional("Key", "key", String),
    optional("Operator", "operator", String),
    optional("Value", "value", String),
    optional("Effect", "effect", String),
    optional("TolerationSeconds", "tolerationSeconds", Pointer(&Int64)),
] };

/// k8s.io/api/core/v1.HostAlias
pub static HOST_ALIAS: Struct = Struct { name: "v1.HostAlias", fields: &[
    always("IP", "ip", String),
    optional("Hostnames", "hostnames", List(&String)),
] };

/// k8s.io/api/core/v1.PodDNSConfig
pub static POD_DNS_CONFIG: Struct = Struct { name: "v1.PodDNSConfig", fields: &[
    optional("Nameservers", "nameservers", List(&String)),
    optional("Searches", "searches", List(&String)),
    optional("Options", "options", List(&Object(&POD_DNS_CONFIG_OPTION))),
] };

/// k8s.io/api/core/v1.PodDNSConfigOption
pub static POD_DNS_CONFIG_OPTION: Struct = Struct { name: "v1.PodDNSConfigOption", fields: &[
    optional("Name", "name", String),
    optional("Value", "value", Pointer(&String)),
] };

/// k8s.io/api/core/v1.PodReadinessGate
pub static POD_READINESS_GATE: Struct = Struct { name: "v1.PodReadinessGate", fields: &[
    always("ConditionType", "conditionType", String),
] };

/// k8s.io/api/core/v1.TopologySpreadConstraint
pub static TOPOLOGY_SPREAD_CONSTRAINT: Struct = Struct { name: "v1.TopologySpreadConstraint", fields: &[
    always("MaxSkew", "maxSkew", Int32),
    always("TopologyKey", "topologyKey", String),
    always("WhenUnsatisfiable", "whenUnsatisfiable", String),
    optional("LabelSelector", "labelSelector", Pointer(&Object(&LABEL_SELECTOR))),
    optional("MinDomains", "minDomains", Pointer(&Int32)),
    optional("NodeAffinityPolicy", "nodeAffinityPolicy", Pointer(&String)),
    optional("NodeTaintsPolicy", "nodeTaintsPolicy", Pointer(&String)),
    optional("MatchLabelKeys", "matchLabelKeys", List(&String)),
] };

/// k8s.io/api/core/v1.PodOS
pub static POD_OS: Struct = Struct { name: "v1.PodOS", fields: &[
    always("Name", "name", String),
] };

/// k8s.io/api/core/v1.PodSchedulingGate
pub static POD_SCHEDULING_GATE: Struct = Struct { name: "v1.PodSchedulingGate", fields: &[
    always("Name", "name", String),
] };

/// k8s.io/api/core/v1.PodResourceClaim
pub static POD_RESOURCE_CLAIM: Struct = Struct { name: "v1.PodResourceClaim", fields: &[
    always("Name", "name", String),
    optional("ResourceClaimName", "resourceClaimName", Pointer(&String)),
    optional("ResourceClaimTemplateName", "resourceClaimTemplateName", Pointer(&String)),
] };

/// k8s.io/api/core/v1.PodStatus
pub static POD_STATUS: Struct = Struct { name: "v1.PodStatus", fields: &[
    optional("ObservedGeneration", "observedGeneration", Int64),
    optional("Phase", "phase", String),
    optional("Conditions", "conditions", List(&Object(&POD_CONDITION))).merged_by("type"),
    optional("Message", "message", String),
    optional("Reason", "reason", String),
    optional("NominatedNodeName", "nominatedNodeName", String),
    optional("HostIP", "hostIP", String),
    optional("HostIPs", "hostIPs", List(&Object(&HOST_IP))).merged_by("ip"),
    optional("PodIP", "podIP", String),
    optional("PodIPs", "podIPs", List(&Object(&POD_IP))).merged_by("ip"),
    optional("StartTime", "startTime", Pointer(&Time)),
    optional("InitContainerStatuses", "initContainerStatuses", List(&Object(&CONTAINER_STATUS))),
    optional("ContainerStatuses", "containerStatuses", List(&Object(&CONTAINER_STATUS))),
    optional("QOSClass", "qosClass", String),
    optional("EphemeralContainerStatuses", "ephemeralContainerStatuses", List(&Object(&CONTAINER_STATUS))),
    optional("Resize", "resize", String),
    optional("ResourceClaimStatuses", "resourceClaimStatuses", List(&Object(&POD_RESOURCE_CLAIM_STATUS))).merged_by("name"),
    optional("ExtendedResourceClaimStatus", "extendedResourceClaimStatus", Pointer(&Object(&POD_EXTENDED_RESOURCE_CLAIM_STATUS))),
] };

/// k8s.io/api/core/v1.PodCondition
pub static POD_CONDITION: Struct = Struct { name: "v1.PodCondition", fields: &[
    always("Type", "type", String),
    optional("ObservedGeneration", "observedGeneration", Int64),
    always("Status", "status", String),
    always("LastProbeTime", "lastProbeTime", Time),
    always("LastTransitionTime", "lastTransitionTime", Time),
    optional("Reason", "reason", String),
    optional("Message", "message", String),
] };

/// k8s.io/api/core/v1.HostIP
pub static HOST_IP: Struct = Struct { name: "v1.HostIP", fields: &[
    always("IP", "ip", String),
] };

/// k8s.io/api/core/v1.PodIP
pub static POD_IP: Struct = Struct { name: "v1.PodIP", fields: &[
    always("IP", "ip", String),
] };

/// k8s.io/api/core/v1.ContainerStatus
pub static CONTAINER_STATUS: Struct = Struct { name: "v1.ContainerStatus", fields: &[
    always("Name", "name", String),
    always("State", "state", Object(&CONTAINER_STATE)),
    always("LastTerminationState", "lastState", Object(&CONTAINER_STATE)),
    always("Ready", "ready", Bool),
    always("RestartCount", "restartCount", Int32),
    always("Image", "image", String),
    always("ImageID", "imageID", String),
    optional("ContainerID", "containerID", String),
    optional("Started", "started", Pointer(&Bool)),
    optional("AllocatedResources", "allocatedResources", Map(&Quantity)),
    optional("Resources", "resources", Pointer(&Object(&RESOURCE_REQUIREMENTS))),
    optional("VolumeMounts", "volumeMounts", List(&Object(&VOLUME_MOUNT_STATUS))).merged_by("mountPath"),
    optional("User", "user", Pointer(&Object(&CONTAINER_USER))),
    optional("AllocatedResourcesStatus", "allocatedResourcesStatus", List(&Object(&RESOURCE_STATUS))).merged_by("name"),
    optional("StopSignal", "stopSignal", Pointer(&String)),
] };

/// k8s.io/api/core/v1.ContainerState
pub static CONTAINER_STATE: Struct = Struct { name: "v1.ContainerState", fields: &[
    optional("Waiting", "waiting", Pointer(&Object(&CONTAINER_STATE_WAITING))),
    optional("Running", "running", Pointer(&Object(&CONTAINER_STATE_RUNNING))),
    optional("Terminated", "terminated", Pointer(&Object(&CONTAINER_STATE_TERMINATED))),
] };

/// k8s.io/api/core/v1.ContainerStateWaiting
pub static CONTAINER_STATE_WAITING: Struct = Struct { name: "v1.ContainerStateWaiting", fields: &[
    optional("Reason", "reason", String),
    optional("Message", "message", String),
] };

/// k8s.io/api/core/v1.ContainerStateRunning
pub static CONTAINER_STATE_RUNNING: Struct = Struct { name: "v1.ContainerStateRunning", fields: &[
    always("StartedAt", "startedAt", Time),
] };

/// k8s.io/api/core/v1.ContainerStateTerminated
pub static CONTAINER_STATE_TERMINATED: Struct = Struct { name: "v1.ContainerStateTerminated", fields: &[
    always("ExitCode", "exitCode", Int32),
    optional("Signal", "signal", Int32),
    optional("Reason", "reason", String),
    optional("Message", "message", String),
    always("StartedAt", "startedAt", Time),
    always("FinishedAt", "finishedAt", Time),
    optional("ContainerID", "containerID", String),
] };

/// k8s.io/api/core/v1.VolumeMountStatus
pub static VOLUME_MOUNT_STATUS: Struct = Struct { name: "v1.VolumeMountStatus", fields: &[
    always("Name", "name", String),
    always("MountPath", "mountPath", String),
    optional("ReadOnly", "readOnly", Bool),
    optional("RecursiveReadOnly", "recursiveReadOnly", Pointer(&String)),
] };

/// k8s.io/api/core/v1.ContainerUser
pub static CONTAINER_USER: Struct = Struct { name: "v1.ContainerUser", fields: &[
    optional("Linux", "linux", Pointer(&Object(&LINUX_CONTAINER_USER))),
] };

/// k8s.io/api/core/v1.LinuxContainerUser
pub static LINUX_CONTAINER_USER: Struct = Struct { name: "v1.LinuxContainerUser", fields: &[
    always("UID", "uid", Int64),
    always("GID", "gid", Int64),
    optional("SupplementalGroups", "supplementalGroups", List(&Int64)),
] };

/// k8s.io/api/core/v1.ResourceStatus
pub static RESOURCE_STATUS: Struct = Struct { name: "v1.ResourceStatus", fields: &[
    always("Name", "name", String),
    optional("Resources", "resources", List(&Object(&RESOURCE_HEALTH))),
] };

/// k8s.io/api/core/v1.ResourceHealth
pub static RESOURCE_HEALTH: Struct = Struct { name: "v1.ResourceHealth", fields: &[
    always("ResourceID", "resourceID", String),
    optional("Health", "health", String),
] };

/// k8s.io/api/core/v1.PodResourceClaimStatus
pub static POD_RESOURCE_CLAIM_STATUS: Struct = Struct { name: "v1.PodResourceClaimStatus", fields: &[
    always("Name", "name", String),
    optional("ResourceClaimName", "resourceClaimName", Pointer(&String)),
] };

/// k8s.io/api/core/v1.PodExtendedResourceClaimStatus
pub static POD_EXTENDED_RESOURCE_CLAIM_STATUS: Struct = Struct { name: "v1.PodExtendedResourceClaimStatus", fields: &[
    always("RequestMappings", "requestMappings", List(&Object(&CONTAINER_EXTENDED_RESOURCE_REQUEST))),
    always("ResourceClaimName", "resourceClaimName", String),
] };

/// k8s.io/api/core/v1.ContainerExtendedResourceRequest
pub static CONTAINER_EXTENDED_RESOURCE_REQUEST: Struct = Struct { name: "v1.ContainerExtendedResourceRequest", fields: &[
    always("ContainerName", "containerName", String),
    always("ResourceName", "resourceName", String),
    always("RequestName", "requestName", String),
] };
